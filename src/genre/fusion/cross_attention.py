"""Pools the modalities of an item by the attention that a learned query pays to them."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from genre.fusion._attending import KindedNorm, shares
from genre.fusion.base import Fusion, FusionConfig
from genre.nets.attention import check_heads


class CrossAttentionConfig(FusionConfig):
    """How many views attention takes."""

    heads: int = Field(2, ge=1, le=64, description="Attention heads; must divide the tower's dim.")


class CrossAttentionFusion(Fusion):
    """A weighted mean per head; the weights depend on the item, and start equal.

    Of the two kinds in use, a learned query and modalities that each attend to the others, this is the former
    (pooling by multi-head attention): it gives one vector per item by itself, and the latter, with a few modalities,
    is `attention` but for its diagonal.
    Reference: arXiv 1810.00825, section 3.2.
    """

    config: CrossAttentionConfig
    EXAMPLES = ({}, {"heads": 4})

    def network(self, n_modalities: int, width: int) -> nn.Module:
        heads = self.config.heads
        check_heads(heads, width, "fusion")
        return _CrossAttention(n_modalities, heads, width // heads)


class _CrossAttention(nn.Module):
    def __init__(self, n_modalities: int, heads: int, head_dim: int) -> None:
        super().__init__()
        width = heads * head_dim
        self.query = nn.Parameter(torch.zeros(heads, head_dim))
        self.norm = KindedNorm(n_modalities, width)
        self.key, self.change = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.change.weight)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        shown = vectors * mask.unsqueeze(-1)
        heads, head_dim = self.query.shape
        keys = self.key(self.norm(shown)).unflatten(-1, (heads, head_dim))
        logits = torch.einsum("hd,bmhd->bhm", self.query, keys) / head_dim**0.5
        values = (shown + self.change(shown)).unflatten(-1, (heads, head_dim))
        pooled = torch.einsum("bhm,bmhd->bhd", shares(logits, mask.unsqueeze(1)), values)
        return pooled.flatten(start_dim=1)
