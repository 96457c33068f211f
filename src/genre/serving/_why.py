"""Why an item is in a list: what it is like in the history, and in which of its features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genre.serving._shelf import Shelf
from genre.serving.answers import Likeness, Why

N_NEAR, N_NEWEST = 3, 200


@dataclass(frozen=True, eq=False)
class Reasons:
    """Reasons for one list.

    Attributes:
        history: int32 [T], what the user touched.
        lifts: float32 [N], by boosts; None: none.
    """

    shelf: Shelf
    history: NDArray[np.int32]
    lifts: NDArray[np.float32] | None

    def of(self, row: int, source: str) -> Why:
        """Why the item at `row` is listed."""
        boost = 0.0 if self.lifts is None else float(self.lifts[row])
        parts = self._contributions(row)
        likeness = sum(parts.values()) if parts else None
        return Why(source, self._nearest(row), self._modalities(row), boost, likeness, parts)

    def _nearest(self, row: int) -> tuple[Likeness, ...]:
        units = self.shelf.units
        if units is None or not units.present[row]:
            return ()
        rows = self._newest[units.present[self._newest]]
        likeness = units.vectors[rows] @ units.vectors[row]
        best = np.argsort(-likeness, kind="stable")[:N_NEAR]
        return tuple(
            Likeness(self.shelf.ids[rows[place]], float(likeness[place])) for place in best if likeness[place] > 0
        )

    def _modalities(self, row: int) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for name, taste in self._tastes.items():
            feature = next(one for one in self.shelf.model.features if one.name == name)
            vector = feature.embeddings.vectors[row]
            length = float(np.linalg.norm(vector))
            is_there = feature.embeddings.present[row] and length > 0 and taste is not None
            found[name] = float(vector @ taste) / length if is_there and taste is not None else None
        return found

    def _contributions(self, row: int) -> dict[str, float]:
        """The cosine with the mean of the history, split into what each feature adds: the joint vector is made of
        theirs side by side, so that the sum is exact."""
        units, taste = self.shelf.units, self._taste
        widths = [(feature.name, feature.embeddings.dim) for feature in self.shelf.model.features]
        if units is None or taste is None or not units.present[row] or sum(w for _, w in widths) != units.dim:
            return {}
        products, parts, start = units.vectors[row] * taste, {}, 0
        for name, width in widths:
            if width:
                parts[name] = float(products[start : start + width].sum())
            start += width
        return parts

    @cached_property
    def _taste(self) -> NDArray[np.float32] | None:
        """The mean direction of the history in all features together: float32 [D] of length 1."""
        units = self.shelf.units
        return None if units is None else _direction(units.vectors[self._newest][units.present[self._newest]])

    @cached_property
    def _newest(self) -> NDArray[np.int32]:
        return self.history[-N_NEWEST:]

    @cached_property
    def _tastes(self) -> dict[str, NDArray[np.float32] | None]:
        """By feature the mean direction of the history: float32 [D] of length 1; None where it has no content."""
        return {
            feature.name: _direction(feature.embeddings.vectors[self._newest][feature.embeddings.present[self._newest]])
            for feature in self.shelf.model.features
            if feature.embeddings.dim
        }


def _direction(vectors: NDArray[np.float32]) -> NDArray[np.float32] | None:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    mean = (vectors / np.maximum(lengths, 1e-12)).sum(axis=0)
    length = float(np.linalg.norm(mean))
    return None if length == 0 else (mean / length).astype(np.float32)
