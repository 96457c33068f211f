"""Adds the modalities that are present."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genre.fusion.base import Fusion, FusionConfig

if TYPE_CHECKING:
    from torch import nn


class SumConfig(FusionConfig):
    """Nothing to choose."""


class SumFusion(Fusion):
    """The sum of the present modality vectors: an absent one (the id of a new item) leaves the others as they are."""

    config: SumConfig

    def network(self, n_modalities: int, width: int) -> nn.Module:
        from genre.nets.sums import MaskedSum

        return MaskedSum()
