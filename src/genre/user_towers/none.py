"""The history is not read: users are known by their profile alone (matrix factorisation kind)."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from genre.user_towers.base import UserTower, UserTowerConfig


class NoneConfig(UserTowerConfig):
    """Nothing to choose."""


class NoneUserTower(UserTower):
    """Zero for every history, so that only what `users:` of the recipe says remains, such as a vector per user.

    Users whom training has not seen, and of whom no profile tells, get what is popular.
    """

    config: NoneConfig
    reads_history: ClassVar[bool] = False

    def network(self, width: int, length: int) -> nn.Module:
        return _Nothing()


class _Nothing(nn.Module):
    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        return items * 0.0
