"""Vectors of items without training interactions, from their content alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import State
from genre.nets.content_map import ContentMap
from genre.nets.whitening import Whitening
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class Content:
    """How the content of an item, all features side by side, becomes the vector that training would give it.

    Learned after training from the items that were trained, each trusted by the root of its interactions: hiding ids
    in training instead, so that content must do alone, costs accuracy on the trained items.

    Attributes:
        names: of the features, in order.
        norm: length of every vector, None: as it comes.
    """

    names: tuple[str, ...]
    whitenings: tuple[Whitening, ...]
    map: ContentMap
    norm: float | None

    @staticmethod
    def learn(
        names: tuple[str, ...],
        whitenings: tuple[Whitening, ...],
        content: Embeddings,
        trained: Embeddings,
        counts: NDArray[np.integer],
        norm: float | None,
    ) -> Content:
        """Args:
        content: N x F, whitened features side by side.
        trained: N x D; only rows with interactions count.
        counts: [N], training interactions.
        """
        rows = content.present & (counts > 0)
        fitted = ContentMap.fit(content.vectors[rows], trained.vectors[rows], np.sqrt(counts[rows]))
        return Content(names, whitenings, fitted, norm)

    def vectors(self, features: Sequence[Embeddings]) -> Embeddings:
        """Vectors of n items from their features as encoded, in the order of `names`: n x D."""
        whitened = [whitening.apply(part) for whitening, part in zip(self.whitenings, features, strict=True)]
        return self.of_whitened(side_by_side(whitened))

    def of_whitened(self, content: Embeddings) -> Embeddings:
        """The same from whitened features side by side (n x F)."""
        vectors = self.map.apply(content.vectors)
        if self.norm is not None:
            vectors *= self.norm / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        vectors[~content.present] = 0.0
        return Embeddings(vectors, content.present)

    def state(self) -> State:
        """For `from_state`."""
        arrays = {"centre": self.map.centre, "weights": self.map.weights, "offset": self.map.offset}
        for place, whitening in enumerate(self.whitenings):
            arrays |= {f"mean.{place}": whitening.mean, f"axes.{place}": whitening.axes}
        return State({"names": list(self.names), "norm": self.norm, "penalty": self.map.penalty}, arrays)

    @staticmethod
    def from_state(state: State) -> Content:
        """The inverse of `state`."""
        meta, arrays = state.meta, state.arrays
        fitted = ContentMap(arrays["centre"], arrays["weights"], arrays["offset"], meta["penalty"])
        places = range(len(meta["names"]))
        whitenings = tuple(Whitening(arrays[f"mean.{place}"], arrays[f"axes.{place}"]) for place in places)
        return Content(tuple(meta["names"]), whitenings, fitted, meta["norm"])


def side_by_side(features: Sequence[Embeddings]) -> Embeddings:
    """Features of the same n items as one: n x F; present where any of them is."""
    vectors = np.concatenate([feature.vectors for feature in features], axis=1)
    return Embeddings(vectors, np.any([feature.present for feature in features], axis=0))
