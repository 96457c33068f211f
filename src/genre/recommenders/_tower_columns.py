"""How one feature of any item becomes columns of its content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import under
from genre.encoders.base import Feature
from genre.nets.content_columns import ContentColumns, presence
from genre.nets.whitening import Whitening
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn

    from genre.recommenders._tower_features import TowerFeature

PLACES = ("raw", "aligned", "said")


@dataclass(frozen=True, eq=False)
class Given:
    """What is known of n items through one feature.

    Attributes:
        raw: as the encoder gave it.
        aligned: whitened, then changed by alignments that were fitted before training.
        said: by the trained module; None for a frozen encoder.
    """

    raw: Embeddings
    aligned: Embeddings
    said: Embeddings | None = None

    def take(self, rows: NDArray[np.int64]) -> Given:
        """Some of the items."""
        return Given(
            _some(self.raw, rows), _some(self.aligned, rows), None if self.said is None else _some(self.said, rows)
        )

    def taken_away(self) -> Given:
        """The same items without this feature."""
        return Given(_absent(self.raw), _absent(self.aligned), None if self.said is None else _absent(self.said))


@dataclass(frozen=True, eq=False)
class ContentPart:
    """The columns of one feature: of what a frozen encoder gave, as it was and as aligned, or of what a trained said.

    Attributes:
        before: whitens what a frozen encoder gave, as alignments take it; None for a trained one.
        raw, aligned, said: scale the columns; None where there are none.
        weights: the trained parameters of the feature's module.
    """

    name: str
    before: Whitening | None
    raw: ContentColumns | None = None
    aligned: ContentColumns | None = None
    said: ContentColumns | None = None
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @staticmethod
    def of(feature: TowerFeature, given: Given, module: nn.Module, seed: int) -> ContentPart:
        """From a feature, what it says of the taught items, and its module as trained so far."""
        taught = np.ones(len(given.raw), dtype=np.bool_)
        if given.said is not None:
            from genre.recommenders._tower_features import trained_arrays

            said = ContentColumns.fit(given.said, taught, seed)
            return ContentPart(feature.name, None, said=said, weights=trained_arrays(module, "module"))
        if not given.raw.dim:
            return ContentPart(feature.name, feature.whitening)
        raw = ContentColumns.fit(given.raw, taught, seed)
        aligned = ContentColumns.fit(given.aligned, taught, seed) if feature.is_aligned else None
        return ContentPart(feature.name, feature.whitening, raw, aligned)

    def columns(self, given: Given) -> list[Embeddings]:
        """n x F each."""
        pairs = ((self.raw, given.raw), (self.aligned, given.aligned), (self.said, given.said))
        return [scale.apply(one) for scale, one in pairs if scale is not None and one is not None]

    def whitened(self, embeddings: Embeddings) -> Embeddings:
        """What the module, or an alignment, starts from."""
        return embeddings if self.before is None else self.before.apply(embeddings)

    def says(self, feature: Feature, width: int) -> Embeddings | None:
        """What the trained module says of the rows of `feature`: n x width; None for a frozen encoder."""
        if self.said is None:
            return None
        return feature.encoder.says(feature.embeddings, dict(under("module", self.weights)), width)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For `of_arrays`."""
        found: dict[str, NDArray[Any]] = {f"trained.{name}": array for name, array in self.weights.items()}
        if self.before is not None:
            found |= {"before.mean": self.before.mean, "before.axes": self.before.axes}
        for word, scale in zip(PLACES, (self.raw, self.aligned, self.said), strict=True):
            if scale is not None:
                found |= {f"{word}.{name}": array for name, array in scale.arrays().items()}
        return found

    @staticmethod
    def of_arrays(name: str, arrays: Mapping[str, NDArray[Any]]) -> ContentPart:
        """The inverse of `arrays`."""
        before, *scales = (dict(under(word, arrays)) for word in ("before", *PLACES))
        whitening = Whitening(before["mean"], before["axes"]) if before else None
        raw, aligned, said = (ContentColumns.of_arrays(found) if found else None for found in scales)
        return ContentPart(name, whitening, raw, aligned, said, dict(under("trained", arrays)))


@dataclass(frozen=True, eq=False)
class ContentSpace:
    """All features of an item, and which of them it has, side by side.

    Attributes:
        parts: one per feature, in order.
        presence: scales what says which features there are.
    """

    parts: tuple[ContentPart, ...]
    presence: ContentColumns

    @staticmethod
    def fit(
        features: Sequence[TowerFeature], given: Sequence[Given], modules: Iterable[nn.Module], seed: int
    ) -> ContentSpace:
        """From what `features` (one at least) say of the taught items."""
        parts = tuple(ContentPart.of(*one, seed) for one in zip(features, given, modules, strict=True))
        flags = presence([one.raw for one in given])
        return ContentSpace(parts, ContentColumns.fit(flags, flags.present, seed))

    def columns(self, given: Sequence[Given]) -> Embeddings:
        """n x F, of n items; present where any feature is that has columns."""
        found = [columns for part, one in zip(self.parts, given, strict=True) for columns in part.columns(one)]
        if not found:
            n_items = len(given[0].raw)
            return Embeddings(np.zeros((n_items, 0), np.float32), np.zeros(n_items, np.bool_))
        present = np.any([one.present for one in found], axis=0)
        vectors = [one.vectors for one in (*found, self.presence.apply(presence([one.raw for one in given])))]
        return Embeddings(np.concatenate(vectors, axis=1) * present[:, None], present)


def _some(embeddings: Embeddings, rows: NDArray[np.int64]) -> Embeddings:
    return Embeddings(embeddings.vectors[rows], embeddings.present[rows])


def _absent(embeddings: Embeddings) -> Embeddings:
    return Embeddings(np.zeros_like(embeddings.vectors), np.zeros_like(embeddings.present))
