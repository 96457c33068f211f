"""Lets the modalities of an item read each other by self-attention, then adds them."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from genre.fusion._attending import KindedNorm, shares
from genre.fusion.base import Fusion, FusionConfig
from genre.nets.attention import check_heads


class AttentionConfig(FusionConfig):
    """How many views attention takes."""

    heads: int = Field(2, ge=1, le=64, description="Attention heads; must divide the tower's dim.")


class AttentionFusion(Fusion):
    """The sum over present modalities of each vector and what it read from all of them.

    What is read starts at zero, so that training starts from the sum. Values are taken as they come, without
    normalisation, so that what is read has the scale of the vectors it is added to.
    Reference: arXiv 1706.03762; attention over the modalities of an item, arXiv 1906.00295.
    """

    config: AttentionConfig
    EXAMPLES = ({}, {"heads": 4})

    def network(self, n_modalities: int, width: int) -> nn.Module:
        heads = self.config.heads
        check_heads(heads, width, "fusion")
        return _Attention(n_modalities, heads, width // heads)


class _Attention(nn.Module):
    def __init__(self, n_modalities: int, heads: int, head_dim: int) -> None:
        super().__init__()
        width = heads * head_dim
        self.split = (heads, head_dim)
        self.norm = KindedNorm(n_modalities, width)
        self.query, self.key, self.value, self.merge = (nn.Linear(width, width, bias=False) for _ in range(4))
        nn.init.zeros_(self.merge.weight)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        shown = vectors * mask.unsqueeze(-1)
        looks = self.norm(shown)
        query, key, value = (self._heads(x) for x in (self.query(looks), self.key(looks), self.value(shown)))
        logits = query @ key.transpose(-1, -2) / self.split[1] ** 0.5
        read = shares(logits, mask[:, None, None, :]) @ value
        told = self.merge(read.transpose(1, 2).flatten(start_dim=2))
        return (shown + told * mask.unsqueeze(-1)).sum(dim=1)

    def _heads(self, x: Tensor) -> Tensor:
        """B x M x D -> B x heads x M x D / heads."""
        return x.unflatten(-1, self.split).transpose(1, 2)
