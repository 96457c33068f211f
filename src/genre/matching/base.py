"""The contract of matchings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genre.core.component import Component, ComponentConfig

if TYPE_CHECKING:
    from torch import Tensor, nn


class MatchingConfig(ComponentConfig):
    """Base of matching configs."""


class Matching(Component, ABC):
    """Says how well user vectors and item vectors fit."""

    config: MatchingConfig

    @abstractmethod
    def network(self, width: int) -> nn.Module:
        """A module (users B x D, items N x D or B x C x D) -> scores B x N or B x C.

        A module that is also a `Factors` gets faster training and search.
        """


@runtime_checkable
class Factors(Protocol):
    """What a matching module owes when its scores are inner products of changed vectors."""

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """Users B x D and items N x D -> two matrices whose product (one times the other transposed) are the scores."""
        ...
