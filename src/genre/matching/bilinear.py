"""Inner product of the item vector with a trained linear map of the user vector."""

from __future__ import annotations

from torch import Tensor, nn

from genre.matching.base import Matching, MatchingConfig
from genre.nets.products import products


class BilinearConfig(MatchingConfig):
    """Nothing to choose."""


class BilinearMatching(Matching):
    """Users times W times items: what users hold in one dimension may speak for another of the items.

    W starts as the identity, so that training starts from the inner product.
    Reference: the log-bilinear score of arXiv 1807.03748, equation 3.
    """

    config: BilinearConfig

    def network(self, width: int) -> nn.Module:
        return _Bilinear(width)


class _Bilinear(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.map = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.map.weight)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        return products(*self.factors(users, items))

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        return self.map(users), items
