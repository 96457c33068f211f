"""Lays the modalities side by side and maps them to one width."""

from __future__ import annotations

from torch import Tensor, nn

from genre.fusion.base import Fusion, FusionConfig


class ConcatConfig(FusionConfig):
    """Nothing to choose."""


class ConcatFusion(Fusion):
    """A trained linear map of all modalities together; absent ones are zero."""

    config: ConcatConfig

    def network(self, n_modalities: int, width: int) -> nn.Module:
        return _Concat(n_modalities, width)


class _Concat(nn.Module):
    def __init__(self, n_modalities: int, width: int) -> None:
        super().__init__()
        self.merge = nn.Linear(n_modalities * width, width)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        return self.merge((vectors * mask.unsqueeze(-1)).flatten(start_dim=1))
