"""What attention over the modalities of an item is made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn

KIND_SCALE = 0.02
"""Spread of untrained modality embeddings."""


class KindedNorm(nn.Module):
    """B x M x D -> B x M x D: each vector brought to one scale, marked by which modality it is.

    Attention looks at these, so that short vectors (content that has yet to grow) are heard as well as long ones.
    """

    def __init__(self, n_modalities: int, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.kinds = nn.Parameter(torch.randn(n_modalities, width) * KIND_SCALE)

    def forward(self, vectors: Tensor) -> Tensor:
        return self.norm(vectors) + self.kinds


def shares(logits: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis (M) among what `mask` (broadcast, True where present) has; even where it has none."""
    return logits.masked_fill(~mask, torch.finfo(logits.dtype).min).softmax(dim=-1)
