"""Features as the tower sees them: whitened by training rows, aligned, then mapped by trained modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genre.encoders.base import Encoder, Feature
from genre.nets.whitening import Whitening
from genre.training.checkpoint import trainable
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class TowerFeature:
    """One modality: what its module starts from.

    Attributes:
        raw: as encoded; N rows.
        embeddings: whitened for frozen encoders, as encoded for the others; N rows.
        whitening: None where the encoder is trained, or knows only rows that were there in training.
        is_aligned: whether an alignment changed `embeddings`.
    """

    name: str
    encoder: Encoder
    raw: Embeddings
    embeddings: Embeddings
    whitening: Whitening | None
    is_aligned: bool = False

    @staticmethod
    def of(feature: Feature, fit_rows: NDArray[np.bool_], whiten_dim: int) -> TowerFeature:
        """Whitened on `fit_rows` (bool [N], rows of the training part)."""
        raw = feature.embeddings
        if feature.encoder.is_trained or not raw.dim:
            return TowerFeature(feature.name, feature.encoder, raw, raw, None)
        whitening = Whitening.fit(raw, fit_rows, whiten_dim)
        return TowerFeature(feature.name, feature.encoder, raw, whitening.apply(raw), whitening)

    def with_embeddings(self, embeddings: Embeddings) -> TowerFeature:
        """The same after an alignment."""
        return replace(self, embeddings=embeddings, is_aligned=True)

    def network(self, width: int) -> nn.Module:
        """The untrained module rows -> B x width."""
        return self.encoder.network(self.embeddings, width)


def networks(features: Sequence[TowerFeature], width: int) -> nn.ModuleList:
    """The modules of all features."""
    return nn.ModuleList(feature.network(width) for feature in features)


def presence(features: Sequence[TowerFeature], n_rows: int) -> torch.Tensor:
    """Which row has which feature: bool [N, features]."""
    flags = [feature.embeddings.present for feature in features]
    return torch.from_numpy(np.stack(flags, axis=1) if flags else np.zeros((n_rows, 0), dtype=np.bool_))


def trained_arrays(module: nn.Module, prefix: str) -> dict[str, NDArray[np.float32]]:
    """Copies of those parameters that learn: the others come from elsewhere, such as a pretrained model's files."""
    return {f"{prefix}.{name}": tensor.detach().cpu().numpy().copy() for name, tensor in trainable(module)}
