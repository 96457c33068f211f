"""Pretrained weights that go on learning."""

from __future__ import annotations

from typing import Any

from torch import nn


class Pretrained(nn.Module):
    """Calls `module`; the training loop gives its trainable parameters this learning rate instead of the recipe's.

    Args:
        learning_rate: at its peak.
    """

    def __init__(self, module: nn.Module, learning_rate: float) -> None:
        super().__init__()
        self.module, self.learning_rate = module, learning_rate

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self.module(*inputs, **named)
