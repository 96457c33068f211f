"""Vectors of items without training interactions, and whom they please, from their content alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import State, under
from genre.encoders.base import Feature
from genre.nets.content_columns import ContentColumns
from genre.nets.content_map import ContentMap
from genre.recommenders._tower_columns import ContentPart, ContentSpace, Given
from genre.recommenders._tower_placed import Placed, alignment_states, alignments_of, apply_alignments
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class Content:
    """How the content of an item, all features side by side, becomes the vector that training would give it.

    Learned after training from the items that were trained: hiding ids in training instead, so that content must do
    alone, costs accuracy on the trained items.

    Attributes:
        space: of the content.
        alignments: those fitted before training, by the places of the parts.
        map: to vectors, as they are compared with each other and read in histories.
        liking: to the factors that matching multiplies with those of users; None where it multiplies none.
        width: of the vectors.
        norm: length of every vector, None: as it comes.
    """

    space: ContentSpace
    alignments: tuple[Placed, ...]
    map: ContentMap
    liking: ContentMap | None
    width: int
    norm: float | None

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features that are needed."""
        return tuple(part.name for part in self.space.parts)

    def columns(self, features: Sequence[Feature]) -> Embeddings:
        """What features, in the order of `names`, say of n items that are not in the catalogue: n x F."""
        pairs = list(zip(self.space.parts, features, strict=True))
        said = [part.says(feature, self.width) for part, feature in pairs]
        started = apply_alignments(self.alignments, [part.whitened(feature.embeddings) for part, feature in pairs])
        given = [Given(feature.embeddings, one, its) for feature, one, its in zip(features, started, said, strict=True)]
        return self.space.columns(given)

    def vectors(self, columns: Embeddings) -> Embeddings:
        """Vectors of items of which the features say `columns` (n x F): n x D."""
        vectors = self.map.apply(columns.vectors)
        if self.norm is not None:
            vectors *= self.norm / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        vectors[~columns.present] = 0.0
        return Embeddings(vectors, columns.present)

    def factors(self, columns: Embeddings) -> Embeddings | None:
        """What users' factors are multiplied with to score such items: n x K, or None where `liking` is."""
        if self.liking is None:
            return None
        return Embeddings(self.liking.apply(columns.vectors) * columns.present[:, None], columns.present)

    def scoring(self, columns: Embeddings) -> NDArray[np.float32]:
        """What decides the scores of such items: factors where there are any, else vectors."""
        factors = self.factors(columns)
        return (self.vectors(columns) if factors is None else factors).vectors

    def state(self) -> State:
        """For `from_state`."""
        arrays: dict[str, Any] = {}
        for word, one in (("map", self.map), ("liking", self.liking)):
            if one is not None:
                arrays |= {f"{word}.centre": one.centre, f"{word}.weights": one.weights, f"{word}.offset": one.offset}
        for place, part in enumerate(self.space.parts):
            arrays |= {f"part.{place}.{name}": array for name, array in part.arrays().items()}
        arrays |= {f"presence.{name}": array for name, array in self.space.presence.arrays().items()}
        penalties = [one.penalty for one in (self.map, self.liking) if one is not None]
        meta = {"names": list(self.names), "norm": self.norm, "width": self.width, "penalties": penalties}
        return State(meta, arrays, {"alignments": alignment_states(self.alignments)})

    @staticmethod
    def from_state(state: State) -> Content:
        """The inverse of `state`."""
        meta, arrays = state.meta, state.arrays
        maps = [
            ContentMap(arrays[f"{word}.centre"], arrays[f"{word}.weights"], arrays[f"{word}.offset"], penalty)
            for word, penalty in zip(("map", "liking"), meta["penalties"], strict=False)
        ]
        parts = [
            ContentPart.of_arrays(name, dict(under(f"part.{place}", arrays)))
            for place, name in enumerate(meta["names"])
        ]
        alignments = alignments_of(state.children["alignments"])
        liking = maps[1] if len(maps) > 1 else None
        space = ContentSpace(tuple(parts), ContentColumns.of_arrays(dict(under("presence", arrays))))
        return Content(space, alignments, maps[0], liking, meta["width"], meta["norm"])
