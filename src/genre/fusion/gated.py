"""Adds the modalities, each opened or closed by a gate that looks at the item."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genre.fusion.base import Fusion, FusionConfig


class GatedConfig(FusionConfig):
    """Nothing to choose."""


class GatedFusion(Fusion):
    """Each modality has a gate per dimension, a sigmoid of all modalities together; gates start half open.

    Reference: gated multimodal units, arXiv 1702.01992.
    """

    config: GatedConfig

    def network(self, n_modalities: int, width: int) -> nn.Module:
        return _Gated(n_modalities, width)


class _Gated(nn.Module):
    def __init__(self, n_modalities: int, width: int) -> None:
        super().__init__()
        self.gates = nn.Linear(n_modalities * width, n_modalities * width)
        nn.init.zeros_(self.gates.weight)
        nn.init.zeros_(self.gates.bias)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        shown = vectors * mask.unsqueeze(-1)
        gates = torch.sigmoid(self.gates(shown.flatten(start_dim=1))).view_as(shown)
        return (gates * shown).sum(dim=1)
