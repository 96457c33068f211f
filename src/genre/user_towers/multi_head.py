"""Multi-head self-attention over the history, then additive attention (NRMS kind)."""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.nets.attention import check_heads
from genre.nets.running import AdditivePooling
from genre.user_towers.base import UserTower, UserTowerConfig


class MultiHeadConfig(UserTowerConfig):
    """How items read each other and how they are weighed then."""

    heads: int = Field(4, ge=1, le=64, description="Attention heads; must divide the tower's dim.")
    hidden: int = Field(64, ge=1, le=4096, description="Width of the layer that weighs items.")
    half_life: float | None = Field(
        None, gt=0, description="An item this many items ago weighs half as much besides; None: age does not count."
    )
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of inputs and of what items read that training hides.")


class MultiHeadUserTower(UserTower):
    """Each item reads those before it, and a learned mean of the results is the user; order counts only through that.

    Time grows with the square of the history's length, memory with the length.
    Reference: NRMS, Wu et al., Neural News Recommendation with Multi-Head Self-Attention, EMNLP 2019.
    """

    config: MultiHeadConfig
    EXAMPLES = ({}, {"heads": 1, "hidden": 4, "half_life": 3, "dropout": 0.0})

    def network(self, width: int, length: int) -> nn.Module:
        check_heads(self.config.heads, width, "recommender.user")
        return _MultiHead(self.config, width)


class _MultiHead(nn.Module):
    def __init__(self, config: MultiHeadConfig, width: int) -> None:
        super().__init__()
        self.heads = config.heads
        self.project, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.pooling, self.dropout = AdditivePooling(width, config.hidden, config.half_life), nn.Dropout(config.dropout)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = items.shape
        items = self.dropout(items)
        split = self.project(items).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        merged = self.merge(read.transpose(1, 2).reshape(batch, length, width))
        return self.pooling(items + self.dropout(merged))
