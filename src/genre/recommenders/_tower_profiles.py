"""Vectors of users that training did not see, from their profile alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import State, under
from genre.encoders.base import Feature
from genre.nets.whitening import Whitening
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn

    from genre.recommenders._tower_build import Tower
    from genre.recommenders._tower_features import TowerFeature


@dataclass(frozen=True, eq=False)
class ProfilePart:
    """How one profile feature of any user becomes a vector.

    Attributes:
        whitening: of frozen vectors; None for a trained encoder.
        weights: the trained parameters of the feature's module; none where it knows users of the training part only.
    """

    name: str
    whitening: Whitening | None
    weights: Mapping[str, NDArray[np.float32]]

    @staticmethod
    def of(feature: TowerFeature, module: nn.Module) -> ProfilePart:
        """From a feature and its trained module."""
        from genre.recommenders._tower_features import trained_arrays

        knows_strangers = feature.encoder.is_trained or feature.embeddings.dim > 0
        weights = trained_arrays(module, "module") if knows_strangers else {}
        return ProfilePart(feature.name, feature.whitening, weights)

    def says(self, feature: Feature, width: int) -> Embeddings:
        """Of n users, n x D."""
        given = feature.embeddings
        if not self.weights:
            return Embeddings(np.zeros((len(given), width), np.float32), np.zeros(len(given), np.bool_))
        if self.whitening is not None:
            given = self.whitening.apply(given)
        return feature.encoder.says(given, dict(under("module", self.weights)), width)


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profile tower without its users.

    Attributes:
        parts: one per profile feature, in order.
        width: of the vectors.
    """

    parts: tuple[ProfilePart, ...]
    width: int

    @staticmethod
    def of(tower: Tower) -> Profiles | None:
        """Of a trained tower; None where its users have no profiles."""
        profiles = tower.network.profiles
        if profiles is None:
            return None
        return Profiles(tuple(map(ProfilePart.of, tower.profiles, profiles.features)), tower.plan.dim)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features that are needed."""
        return tuple(part.name for part in self.parts)

    def vectors(self, features: Sequence[Feature]) -> Embeddings:
        """Vectors of n users from their features in the order of `names`: n x D; absent where none says anything."""
        said = [part.says(feature, self.width) for part, feature in zip(self.parts, features, strict=True)]
        return Embeddings(np.sum([one.vectors for one in said], axis=0), np.any([one.present for one in said], axis=0))

    def state(self) -> State:
        """For `from_state`."""
        arrays: dict[str, NDArray[np.float32]] = {}
        for place, part in enumerate(self.parts):
            arrays |= {f"trained.{place}.{name}": array for name, array in part.weights.items()}
            if part.whitening is not None:
                arrays |= {f"{place}.mean": part.whitening.mean, f"{place}.axes": part.whitening.axes}
        return State({"names": list(self.names), "width": self.width}, arrays)

    @staticmethod
    def from_state(state: State) -> Profiles:
        """The inverse of `state`."""
        arrays, parts = state.arrays, []
        for place, name in enumerate(state.meta["names"]):
            is_white = f"{place}.mean" in arrays
            whitening = Whitening(arrays[f"{place}.mean"], arrays[f"{place}.axes"]) if is_white else None
            parts.append(ProfilePart(name, whitening, dict(under(f"trained.{place}", arrays))))
        return Profiles(tuple(parts), state.meta["width"])
