"""The contract of user towers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from genre.core.component import Component, ComponentConfig

if TYPE_CHECKING:
    from torch import Tensor, nn


class UserTowerConfig(ComponentConfig):
    """Base of user tower configs."""


class UserTower(Component, ABC):
    """Turns a history into user vectors, one per position: the user as known after that item."""

    config: UserTowerConfig
    reads_history: ClassVar[bool] = True
    """False where users are known by their profile alone."""

    @abstractmethod
    def network(self, width: int, length: int) -> nn.Module:
        """A module (item vectors B x L x D, mask bool B x L, True where an item stands) -> B x L x D.

        Position t may look at positions up to t only, so that training can predict the next item at every position.
        Histories start at the left edge, so that padding, which follows, is out of sight of every real position.
        What stands at padded positions means nothing.
        """


@runtime_checkable
class TargetAware(Protocol):
    """What a user tower's module owes when it reads a history anew for each candidate; it matches them itself."""

    def candidate_scores(self, items: Tensor, mask: Tensor, candidates: Tensor, last_only: bool) -> Tensor:
        """Scores of candidates after each position of the histories: B x L x C, or B x 1 x C after the last item.

        Args:
            items: B x L x D, left-aligned; mask: bool B x L.
            candidates: C x D.
        """
        ...


@runtime_checkable
class LastOnly(Protocol):
    """What a user tower's module may owe beside: the last position alone, in less time than all of them."""

    def after_last(self, items: Tensor, last: Tensor) -> Tensor:
        """What the module says at one position of each history: B x D.

        Args:
            items: B x L x D, left-aligned; last: int64 B.
        """
        ...
