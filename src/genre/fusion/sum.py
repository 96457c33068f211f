"""Adds the modalities that are present."""

from __future__ import annotations

from torch import Tensor, nn

from genre.fusion.base import Fusion, FusionConfig


class SumConfig(FusionConfig):
    """Nothing to choose."""


class SumFusion(Fusion):
    """The sum of the present modality vectors: an absent one (the id of a new item) leaves the others as they are."""

    config: SumConfig

    def network(self, n_modalities: int, width: int) -> nn.Module:
        return _Sum()


class _Sum(nn.Module):
    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        return (vectors * mask.unsqueeze(-1)).sum(dim=1)
