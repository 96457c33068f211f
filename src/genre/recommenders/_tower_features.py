"""Features as the tower sees them: whitened by training items, then mapped by trained modules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genre.encoders.base import Feature
from genre.nets.whitening import Whitening
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class TowerFeature:
    """One modality: how its vectors are whitened and which module maps them.

    Attributes:
        embeddings: N x D', whitened.
    """

    name: str
    whitening: Whitening
    embeddings: Embeddings
    network: nn.Module


def tower_feature(feature: Feature, fit_rows: NDArray[np.bool_], whiten_dim: int, width: int) -> TowerFeature:
    """Whiten one feature on `fit_rows` (bool [N], items of the training part) and ask its encoder for a module."""
    whitening = Whitening.fit(feature.embeddings, fit_rows, whiten_dim)
    embeddings = whitening.apply(feature.embeddings)
    return TowerFeature(feature.name, whitening, embeddings, feature.encoder.network(embeddings, width))


def module_arrays(module: nn.Module, prefix: str) -> dict[str, NDArray[np.float32]]:
    """The trained parameters of a module, by `prefix` and name."""
    return {f"{prefix}.{name}": tensor.detach().cpu().numpy() for name, tensor in module.named_parameters()}


@torch.no_grad()
def load_module(module: nn.Module, prefix: str, arrays: dict[str, NDArray[np.float32]]) -> nn.Module:
    """Take back what `module_arrays` gave; the module is ready for use, not for training."""
    for name, parameter in module.named_parameters():
        parameter.copy_(torch.from_numpy(arrays[f"{prefix}.{name}"]).view_as(parameter))
    return module.eval().requires_grad_(False)
