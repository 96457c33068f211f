"""Weighted means of all that came so far, at every position, without a table of positions by positions."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

BLOCK = 128
"""Positions at a time: within a block, weights are a table; between blocks, one mean is carried on."""


def running_mean(values: Tensor, scores: Tensor) -> Tensor:
    """At each position the mean of the values so far, each weighing exp(score): B x L x D.

    Scores may be of any size: they are measured against their running logarithm of sums, so that no weight exceeds 1.

    Args:
        values: B x L x D.
        scores: B x L, or 1 x L for all alike.
    """
    scores = scores.double()
    totals = scores.logcumsumexp(dim=1)
    means: list[Tensor] = []
    for start in range(0, values.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        logs = scores[:, None, part] - totals[:, part, None]
        later = torch.ones(logs.shape[1:], dtype=torch.bool, device=logs.device).triu(1)
        mean = logs.masked_fill(later, -torch.inf).to(values.dtype).exp() @ values[:, part]
        if start:
            kept = (totals[:, start - 1 : start] - totals[:, part]).to(values.dtype).exp()
            mean = mean + kept.unsqueeze(-1) * means[-1][:, -1:]
        means.append(mean)
    return torch.cat(means, dim=1)


def growth(half_life: float | None) -> float:
    """What an item's score gains over the one before it, so that `half_life` items ago counts half; None: nothing."""
    return 0.0 if half_life is None else math.log(2) / half_life


def newer_more(scores: Tensor, rate: float) -> Tensor:
    """Scores (B x L) plus `rate` for each position, in float64."""
    return scores.double() + rate * torch.arange(scores.shape[1], device=scores.device, dtype=torch.float64)


class AdditivePooling(nn.Module):
    """B x L x D -> B x L x D: the mean of the vectors so far, each weighed by what a small network finds in it.

    Reference: arXiv 1409.0473, as pooled by arXiv 1907.05576.

    Args:
        hidden: width of the layer that weighs.
        half_life: a vector this many positions ago weighs half as much besides; None: age does not count.
    """

    def __init__(self, width: int, hidden: int, half_life: float | None = None) -> None:
        super().__init__()
        self.rate = growth(half_life)
        self.look, self.weigh = nn.Linear(width, hidden), nn.Linear(hidden, 1, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        scores = self.weigh(torch.tanh(self.look(vectors))).squeeze(-1)
        return running_mean(vectors, newer_more(scores, self.rate))
