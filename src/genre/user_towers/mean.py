"""The mean of the history's items, recent ones weighing more if wanted."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from genre.nets.running import growth, newer_more, running_mean
from genre.user_towers.base import UserTower, UserTowerConfig


class MeanConfig(UserTowerConfig):
    """How items of a history are weighed."""

    half_life: float | None = Field(None, gt=0, description="An item this many items ago counts half; None: all alike.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of inputs hidden in training.")


class MeanUserTower(UserTower):
    """The weighted mean of the items so far: a two-tower model's user, with nothing to learn."""

    config: MeanConfig
    EXAMPLES = ({}, {"half_life": 5, "dropout": 0.1})

    def network(self, width: int, length: int) -> nn.Module:
        return _Mean(self.config)


class _Mean(nn.Module):
    def __init__(self, config: MeanConfig) -> None:
        super().__init__()
        self.rate, self.dropout = growth(config.half_life), nn.Dropout(config.dropout)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        return running_mean(self.dropout(items), newer_more(items.new_zeros(1, items.shape[1]), self.rate))
