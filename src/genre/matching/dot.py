"""Inner product of user and item vector."""

from __future__ import annotations

from torch import Tensor, nn

from genre.matching.base import Matching, MatchingConfig
from genre.nets.products import products


class DotConfig(MatchingConfig):
    """Nothing to choose."""


class DotMatching(Matching):
    """The inner product: long item vectors (often popular items) score high with everybody."""

    config: DotConfig

    def network(self, width: int) -> nn.Module:
        return _Dot()


class _Dot(nn.Module):
    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        return products(users, items)

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        return users, items
