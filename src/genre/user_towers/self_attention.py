"""Self-attention over the history, each item reading what came before it (SASRec kind)."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from genre.nets.attention import AttentionBlock, causal_bias, check_heads
from genre.nets.recency import RecencySum
from genre.user_towers.base import UserTower, UserTowerConfig


class SelfAttentionConfig(UserTowerConfig):
    """A stack of causal attention blocks."""

    layers: int = Field(1, ge=1, le=24, description="Attention blocks.")
    heads: int = Field(2, ge=1, le=64, description="Attention heads; must divide the tower's dim.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of inputs and block outputs hidden in training.")
    recency: float | None = Field(
        7.0,
        gt=0,
        description="Half-life, in items, of a direct sum of recent items beside attention; None: attention alone.",
    )


class SelfAttentionUserTower(UserTower):
    """Pre-norm causal attention with fixed relative biases, plus a direct path for recent items.

    Time and memory grow with the square of the history's length.

    Reference: SASRec, arXiv 1808.09781; relative biases, arXiv 2108.12409.
    """

    config: SelfAttentionConfig
    EXAMPLES = ({}, {"layers": 2, "heads": 1, "recency": None})

    def network(self, width: int, length: int) -> nn.Module:
        check_heads(self.config.heads, width, "recommender.user")
        return _SelfAttention(self.config, width, length)


class _SelfAttention(nn.Module):
    bias: Tensor

    def __init__(self, config: SelfAttentionConfig, width: int, length: int) -> None:
        super().__init__()
        self.register_buffer("bias", causal_bias(length, config.heads), persistent=False)
        blocks = (AttentionBlock(width, config.heads, config.dropout) for _ in range(config.layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(config.dropout)
        self.recency = None if config.recency is None else RecencySum(length, config.recency)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        return self._read(items)

    def after_last(self, items: Tensor, last: Tensor) -> Tensor:
        """What the last block says at one position of each history, B x D; it is asked for that one alone."""
        return self._read(items, last).squeeze(1)

    def _read(self, items: Tensor, at: Tensor | None = None) -> Tensor:
        length = items.shape[1]
        x, bias = self.dropout(items), self.bias[:, :length, :length]
        for block in self.blocks[:-1]:
            x = block(x, bias)
        x = self.norm(self.blocks[-1](x, bias, at))
        return x if self.recency is None else x + self.recency(items, at)
