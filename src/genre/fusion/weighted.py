"""Adds the modalities with one trained weight each, the same for all items."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genre.fusion.base import Fusion, FusionConfig


class WeightedConfig(FusionConfig):
    """Nothing to choose."""


class WeightedFusion(Fusion):
    """Weights are a softmax over the modalities that an item has: they start equal and sum to 1."""

    config: WeightedConfig

    def network(self, n_modalities: int, width: int) -> nn.Module:
        return _Weighted(n_modalities)


class _Weighted(nn.Module):
    def __init__(self, n_modalities: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(n_modalities))

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        shares = self.logits.softmax(dim=0) * mask
        shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=1e-12)
        return (vectors * shares.unsqueeze(-1)).sum(dim=1)
