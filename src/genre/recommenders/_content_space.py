"""One space for all features of the items, whatever their widths and scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import under
from genre.core.errors import DataError, Fault
from genre.encoders.base import Feature
from genre.nets.content_columns import ContentColumns, presence
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """How features of any items become columns, each feature centred and with an equal say.

    Attributes:
        names: of all features, in order.
        parts: of each feature; None for those that say nothing about the taught items.
        presence: scales what says which features an item has.
    """

    names: tuple[str, ...]
    parts: tuple[ContentColumns | None, ...]
    presence: ContentColumns

    @staticmethod
    def fit(features: Sequence[Feature], taught: NDArray[np.bool_], seed: int) -> FeatureSpace:
        """Means, bins, axes and scales come from the rows in `taught` (bool [N]) only.

        Raises:
            DataError: no taught row has content.
        """
        given = [one.embeddings for one in features]
        is_told = [bool(one.dim and (one.present & taught).any()) for one in given]
        if not any(is_told):
            raise DataError(Fault("features", "say nothing about the trained items.", "Add a text or category column."))
        parts = (
            ContentColumns.fit(one, taught, seed) if told else None for one, told in zip(given, is_told, strict=True)
        )
        names = tuple(one.name for one in features)
        return FeatureSpace(names, tuple(parts), ContentColumns.fit(presence(given), taught, seed))

    def columns(self, features: Sequence[Feature]) -> Embeddings:
        """The features side by side: n x F. A row is present where any feature is that has columns.

        Raises:
            DataError: these are not the features that the space was fitted on.
        """
        self._refuse_others(features)
        pairs = zip(self.parts, features, strict=True)
        found = [part.apply(one.embeddings) for part, one in pairs if part is not None]
        return Embeddings(np.hstack([one.vectors for one in found]), np.any([one.present for one in found], axis=0))

    def flags(self, features: Sequence[Feature]) -> NDArray[np.float32]:
        """Which features an item has, with the say of one feature: n x P."""
        self._refuse_others(features)
        return self.presence.apply(presence([one.embeddings for one in features])).vectors

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For `of_arrays`, with the names."""
        found = {f"presence.{key}": array for key, array in self.presence.arrays().items()}
        for place, part in enumerate(self.parts):
            if part is not None:
                found |= {f"part.{place}.{key}": array for key, array in part.arrays().items()}
        return found

    @staticmethod
    def of_arrays(names: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> FeatureSpace:
        """The inverse of `arrays`."""
        kept = [dict(under(f"part.{place}", arrays)) for place in range(len(names))]
        parts = tuple(ContentColumns.of_arrays(one) if one else None for one in kept)
        return FeatureSpace(tuple(names), parts, ContentColumns.of_arrays(dict(under("presence", arrays))))

    def _refuse_others(self, features: Sequence[Feature]) -> None:
        if tuple(one.name for one in features) != self.names:
            raise DataError(Fault("features", f"the space was fitted on {list(self.names)}.", "Give those, in order."))
