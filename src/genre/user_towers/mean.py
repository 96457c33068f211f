"""The mean of the history's items, recent ones weighing more if wanted."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

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
        return _Mean(self.config, length)


class _Mean(nn.Module):
    weights: Tensor

    def __init__(self, config: MeanConfig, length: int) -> None:
        super().__init__()
        positions = torch.arange(length)
        age = (positions[:, None] - positions[None, :]).float()
        decay = torch.ones_like(age) if config.half_life is None else 0.5 ** (age / config.half_life)
        weights = decay.masked_fill(age < 0, 0.0)
        self.register_buffer("weights", weights / weights.sum(dim=1, keepdim=True), persistent=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        length = items.shape[1]
        return self.weights[:length, :length].to(items.dtype) @ self.dropout(items)
