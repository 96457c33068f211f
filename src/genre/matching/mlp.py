"""A weighted inner product plus a small network over both vectors (NeuMF kind)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from genre.matching.base import Matching, MatchingConfig
from genre.nets.products import products

CHUNK = 2**22
"""Hidden units (16 MiB) that are held at once."""


class MlpConfig(MatchingConfig):
    """The network over user and item vector."""

    hidden: tuple[int, ...] = Field((64, 32), min_length=1, description="Units of the hidden layers.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of hidden units silenced in training.")


class MlpMatching(Matching):
    """Generalised matrix factorisation (element-wise product, one weight per dimension) plus a network that sees both
    vectors side by side.

    Starts as the inner product: weights of one, a network that is silent. Scoring all items runs the network for every
    pair, some at a time; training on all items does so twice, since nothing is kept for the way back: with more than a
    few thousand items, take a loss that samples.
    Reference: NeuMF, arXiv 1708.05031.
    """

    config: MlpConfig
    EXAMPLES = ({}, {"hidden": [8], "dropout": 0.1})

    def network(self, width: int) -> nn.Module:
        return _Mlp(width, self.config.hidden, self.config.dropout)


class _Mlp(nn.Module):
    def __init__(self, width: int, hidden: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.ones(width))
        self.of_user, self.of_item = nn.Linear(width, hidden[0]), nn.Linear(width, hidden[0], bias=False)
        layers: list[nn.Module] = [nn.ReLU(), nn.Dropout(dropout)]
        for before, after in pairwise(hidden):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        output = nn.Linear(hidden[-1], 1)
        nn.init.zeros_(output.weight)
        nn.init.zeros_(output.bias)
        self.rest, self.widest = nn.Sequential(*layers, output), max(hidden)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        left, right = self.of_user(users).unsqueeze(1), self.of_item(items)
        columns = max(CHUNK // max(len(users) * self.widest, 1), 1)
        parts = [self._pairs(left, part) for part in right.split(columns, dim=-2)]
        return products(users * self.weights, items) + torch.cat(parts, dim=1)

    def _pairs(self, left: Tensor, right: Tensor) -> Tensor:
        """B x 1 x H and n x H (or B x n x H) -> B x n; the layers' inner values are made anew on the way back."""
        if torch.is_grad_enabled():
            scores: Tensor = checkpoint(self._answers, left, right, use_reentrant=False)
            return scores
        return self._answers(left, right)

    def _answers(self, left: Tensor, right: Tensor) -> Tensor:
        return self.rest(left + right).squeeze(-1)
