"""Additive attention over the history: each item weighs as much as a small network finds in it (NAML kind)."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from genre.nets.running import AdditivePooling
from genre.user_towers.base import UserTower, UserTowerConfig


class AdditiveAttentionConfig(UserTowerConfig):
    """The network that weighs items."""

    hidden: int = Field(64, ge=1, le=4096, description="Width of the layer that weighs items.")
    half_life: float | None = Field(
        None, gt=0, description="An item this many items ago weighs half as much besides; None: age does not count."
    )
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of inputs hidden in training.")


class AdditiveAttentionUserTower(UserTower):
    """A mean of the items so far with learned weights; their order does not count. Cost grows with the length.

    Reference: NAML, arXiv 1907.05576.
    """

    config: AdditiveAttentionConfig
    EXAMPLES = ({}, {"hidden": 4, "half_life": 3, "dropout": 0.0})

    def network(self, width: int, length: int) -> nn.Module:
        return _AdditiveAttention(self.config, width)


class _AdditiveAttention(nn.Module):
    def __init__(self, config: AdditiveAttentionConfig, width: int) -> None:
        super().__init__()
        self.pooling, self.dropout = AdditivePooling(width, config.hidden, config.half_life), nn.Dropout(config.dropout)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        return self.pooling(self.dropout(items))
