"""Features as the tower sees them: whitened by training items, then mapped by trained modules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genre.core.artifacts import State
from genre.core.slot import Slot, dump
from genre.encoders.base import Feature
from genre.fusion.base import Fusion
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
    return whitened_feature(feature, whitening, width)


def whitened_feature(feature: Feature, whitening: Whitening, width: int) -> TowerFeature:
    """The same for a whitening that is known already."""
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


def content_state(features: tuple[TowerFeature, ...], fusion: Fusion, network: nn.Module) -> State:
    """What it takes to make a vector of new content: whitenings, modules' parameters, fusion."""
    arrays = module_arrays(network, "fusion")
    for place, feature in enumerate(features):
        arrays |= {f"mean.{place}": feature.whitening.mean, f"axes.{place}": feature.whitening.axes}
        arrays |= module_arrays(feature.network, f"feature.{place}")
    return State({"features": [feature.name for feature in features], "fusion": dump(fusion.config)}, arrays)


@torch.no_grad()
def content_vectors(state: State, features: tuple[Feature, ...], width: int, has_ids: bool) -> Embeddings:
    """Vectors of n items from content alone, their id part absent: n x width.

    Args:
        features: n rows of each feature that `state` was made with, in the same order.
    """
    parts, flags = [], []
    for place, feature in enumerate(features):
        whitening = Whitening(state.arrays[f"mean.{place}"], state.arrays[f"axes.{place}"])
        network = load_module(whitened_feature(feature, whitening, width).network, f"feature.{place}", state.arrays)
        parts.append(network(torch.arange(len(feature.embeddings))))
        flags.append(torch.from_numpy(feature.embeddings.present))
    if has_ids:
        parts.append(torch.zeros_like(parts[0]))
        flags.append(torch.zeros_like(flags[0]))
    fusion = Slot("fusion").build(state.meta["fusion"]).network(len(parts), width)
    mask = torch.stack(flags, dim=1)
    vectors = load_module(fusion, "fusion", state.arrays)(torch.stack(parts, dim=1), mask)
    return Embeddings(vectors.numpy(), mask.any(dim=1).numpy())
