"""A shortcut from recent items to the user vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RecencySum(nn.Module):
    """B x L x D -> B x L x D: at each position, a gain times the sum of the items so far, halved per `half_life` items.

    With `at`, int64 B, for that position of each alone: B x 1 x D.

    The gain is learned, one number. What a neighbourhood model sees of a history, offered beside what attention makes
    of it.
    """

    weights: Tensor

    def __init__(self, length: int, half_life: float) -> None:
        super().__init__()
        positions = torch.arange(length)
        age = (positions[:, None] - positions[None, :]).float()
        weights = torch.where(age < 0, torch.zeros(()), 0.5 ** (age / half_life))
        self.register_buffer("weights", weights, persistent=False)
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, items: Tensor, at: Tensor | None = None) -> Tensor:
        length = items.shape[1]
        weights = self.weights[:length, :length] if at is None else self.weights[at, :length].unsqueeze(1)
        return self.gain * (weights.to(items.dtype) @ items)
