"""Sums of what is present."""

from __future__ import annotations

from torch import Tensor, nn


class MaskedSum(nn.Module):
    """Vectors B x M x D and mask B x M -> the sum of those present, B x D."""

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        return (vectors * mask.unsqueeze(-1)).sum(dim=1)
