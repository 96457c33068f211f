"""Alignments that map each modality linearly: what is learned is a centre and a matrix per modality."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.alignment.base import FittedAlignment
from genre.core.artifacts import State
from genre.core.errors import NotFittedError
from genre.values import Embeddings, World

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Centred:
    """Modalities of n items that an alignment may learn from.

    Attributes:
        means: [D_k] per modality, over the items that have it.
        vectors: n x D_k per modality, less the mean; zero where it is absent.
        present: bool [n, K].
    """

    means: list[Matrix]
    vectors: list[Matrix]
    present: NDArray[np.bool_]

    @staticmethod
    def of(modalities: Sequence[Embeddings], rows: NDArray[np.bool_]) -> Centred:
        """Of the items `rows` (bool [N])."""
        present = np.stack([one.present[rows] for one in modalities], axis=1)
        taken = [one.vectors[rows].astype(np.float64) for one in modalities]
        counts = np.maximum(present.sum(axis=0), 1)
        means = [found.sum(axis=0) / count for found, count in zip(taken, counts, strict=True)]
        centred = [(found - mean) * present[:, [k]] for k, (found, mean) in enumerate(zip(taken, means, strict=True))]
        return Centred(means, centred, present)

    def pair(self, left: int, right: int) -> tuple[Matrix, Matrix]:
        """Two modalities of the items that have both: n' x D_left, n' x D_right."""
        both = self.present[:, left] & self.present[:, right]
        return self.vectors[left][both], self.vectors[right][both]


class MappedAlignment(FittedAlignment):
    """Subclasses find the matrices; this class centres, applies and keeps them."""

    _means: list[NDArray[np.float32]] | None = None
    _maps: list[NDArray[np.float32]]

    @abstractmethod
    def _matrices(self, taught: Centred) -> list[Matrix]:
        """D_k x D per modality."""

    def fit(self, modalities: Sequence[Embeddings], rows: NDArray[np.bool_], world: World) -> None:
        taught = Centred.of(modalities, rows)
        self._maps = [matrix.astype(np.float32) for matrix in self._matrices(taught)]
        self._means = [mean.astype(np.float32) for mean in taught.means]

    def align(self, modalities: Sequence[Embeddings], rows: NDArray[np.integer] | None = None) -> list[Embeddings]:
        if self._means is None:
            raise NotFittedError(f"{type(self).__name__} aligns only after fit")
        found = []
        for one, mean, matrix in zip(modalities, self._means, self._maps, strict=True):
            vectors = ((one.vectors - mean) @ matrix).astype(np.float32, copy=False)
            vectors[~one.present] = 0.0
            found.append(Embeddings(vectors, one.present))
        return found

    def state(self) -> State:
        if self._means is None:
            raise NotFittedError(f"{type(self).__name__} has a state only after fit")
        arrays = {f"mean.{place}": mean for place, mean in enumerate(self._means)}
        return State(arrays=arrays | {f"map.{place}": matrix for place, matrix in enumerate(self._maps)})

    def restore(self, state: State) -> None:
        places = range(len(state.arrays) // 2)
        self._means = [state.arrays[f"mean.{place}"] for place in places]
        self._maps = [state.arrays[f"map.{place}"] for place in places]
