"""Vectors of items without training interactions, from their content alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from genre.core.artifacts import State
from genre.encoders.base import Feature
from genre.nets.content_map import ContentMap
from genre.nets.whitening import Whitening
from genre.recommenders._tower_alignment import Placed, alignment_states, alignments_of, apply_alignments
from genre.recommenders._tower_features import TowerFeature, encoded_by, load_module, trained_arrays, under
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class ContentPart:
    """How one feature of any item becomes columns of its content.

    Attributes:
        before: whitens what a frozen encoder gave; None for a trained one.
        after: whitens what a trained encoder's module gave; None for a frozen one.
        weights: the trained parameters of that module.
    """

    name: str
    before: Whitening | None
    after: Whitening | None = None
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @staticmethod
    def of(
        feature: TowerFeature, given: Embeddings, module: nn.Module, warm: NDArray[np.bool_], whiten_dim: int
    ) -> ContentPart:
        """From a feature, its module as trained so far, and what `columns` is given of all N rows."""
        if not feature.encoder.is_trained:
            return ContentPart(feature.name, feature.whitening)
        after = Whitening.fit(given, warm, whiten_dim)
        return ContentPart(feature.name, None, after, trained_arrays(module, "module"))

    def columns(self, given: Embeddings) -> Embeddings:
        """n x F, of what is whitened and aligned where the encoder is frozen, and of what its module says otherwise."""
        return given if self.after is None else self.after.apply(given)

    def whitened(self, embeddings: Embeddings) -> Embeddings:
        """What the module, or an alignment, starts from."""
        return embeddings if self.before is None else self.before.apply(embeddings)

    def module(self, feature: Feature, width: int) -> nn.Module | None:
        """The trained module, over the rows of `feature`."""
        if self.after is None:
            return None
        return load_module(feature.encoder.network(feature.embeddings, width), "module", self.weights)


@dataclass(frozen=True, eq=False)
class Content:
    """How the content of an item, all features side by side, becomes the vector that training would give it.

    Learned after training from the items that were trained, each trusted by the root of its interactions: hiding ids
    in training instead, so that content must do alone, costs accuracy on the trained items.

    Attributes:
        parts: one per feature, in order.
        alignments: those fitted before training, by the places of the parts.
        width: of the vectors.
        norm: length of every vector, None: as it comes.
    """

    parts: tuple[ContentPart, ...]
    alignments: tuple[Placed, ...]
    map: ContentMap
    width: int
    norm: float | None

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features that are needed."""
        return tuple(part.name for part in self.parts)

    def vectors(self, features: Sequence[Feature]) -> Embeddings:
        """Vectors of n items that are not in the catalogue, from their features in the order of `names`: n x D."""
        pairs = list(zip(self.parts, features, strict=True))
        modules = [part.module(feature, self.width) for part, feature in pairs]
        started = apply_alignments(self.alignments, [part.whitened(feature.embeddings) for part, feature in pairs])
        given = [
            one if net is None else encoded_by(net, one.present) for net, one in zip(modules, started, strict=True)
        ]
        return self.of_content(side_by_side([part.columns(one) for part, one in zip(self.parts, given, strict=True)]))

    def of_content(self, content: Embeddings) -> Embeddings:
        """The same from all columns of content (n x F)."""
        vectors = self.map.apply(content.vectors)
        if self.norm is not None:
            vectors *= self.norm / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        vectors[~content.present] = 0.0
        return Embeddings(vectors, content.present)

    def state(self) -> State:
        """For `from_state`."""
        arrays: dict[str, Any] = {
            "centre": self.map.centre,
            "weights": self.map.weights,
            "offset": self.map.offset,
        }
        for place, part in enumerate(self.parts):
            for word, whitening in (("before", part.before), ("after", part.after)):
                if whitening is not None:
                    arrays |= {f"{word}.{place}.mean": whitening.mean, f"{word}.{place}.axes": whitening.axes}
            arrays |= {f"trained.{place}.{name}": array for name, array in part.weights.items()}
        meta = {"names": list(self.names), "norm": self.norm, "width": self.width, "penalty": self.map.penalty}
        return State(meta, arrays, {"alignments": alignment_states(self.alignments)})

    @staticmethod
    def from_state(state: State) -> Content:
        """The inverse of `state`."""
        meta, arrays = state.meta, state.arrays
        fitted = ContentMap(arrays["centre"], arrays["weights"], arrays["offset"], meta["penalty"])
        parts = [
            ContentPart(
                name,
                _whitening(f"before.{place}", arrays),
                _whitening(f"after.{place}", arrays),
                dict(under(f"trained.{place}", arrays)),
            )
            for place, name in enumerate(meta["names"])
        ]
        alignments = alignments_of(state.children["alignments"])
        return Content(tuple(parts), alignments, fitted, meta["width"], meta["norm"])


def side_by_side(features: Sequence[Embeddings]) -> Embeddings:
    """Features of the same n items as one: n x F; present where any of them is that has vectors."""
    vectors = np.concatenate([feature.vectors for feature in features], axis=1)
    present = [feature.present if feature.dim else np.zeros_like(feature.present) for feature in features]
    return Embeddings(vectors, np.any(present, axis=0))


def learn_content(
    parts: Sequence[ContentPart],
    alignments: tuple[Placed, ...],
    content: Embeddings,
    trained: torch.Tensor,
    counts: NDArray[np.integer],
    norm: float | None,
) -> Content:
    """Args:
    content: N x F, what all parts say.
    trained: N x D; only rows with interactions count.
    counts: [N], training interactions.
    """
    rows = content.present & (counts > 0)
    vectors = trained.cpu().numpy()
    fitted = ContentMap.fit(content.vectors[rows], vectors[rows], np.sqrt(counts[rows]))
    return Content(tuple(parts), alignments, fitted, vectors.shape[1], norm)


def _whitening(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Whitening | None:
    if f"{prefix}.mean" not in arrays:
        return None
    return Whitening(arrays[f"{prefix}.mean"], arrays[f"{prefix}.axes"])
