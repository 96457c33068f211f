"""Pretrained weights that go on learning."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn


class Pretrained(nn.Module):
    """Calls `module`; the training loop gives its trainable parameters this learning rate instead of the recipe's.

    While the loop keeps it at rest (`training.frozen_epochs`) it learns nothing, so that what it says of an input stays
    the same and may be kept by whoever calls it.

    Args:
        learning_rate: at its peak; None: the recipe's.
    """

    is_resting = False

    def __init__(self, module: nn.Module, learning_rate: float | None) -> None:
        super().__init__()
        self.module, self.learning_rate = module, learning_rate

    def forward(self, *inputs: Any, **named: Any) -> Any:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.is_resting):
            return self.module(*inputs, **named)


def keep_at_rest(network: nn.Module, is_resting: bool) -> None:
    """Let all pretrained weights inside rest, or learn."""
    for module in network.modules():
        if isinstance(module, Pretrained):
            module.is_resting = is_resting


@runtime_checkable
class Stepping(Protocol):
    """A module that does something of its own after each step of the optimiser."""

    def after_step(self, done: float) -> None:
        """Called before gradients are forgotten, with the share of training (of pretrained weights) that is over."""
