"""One space for all features of the items, whatever their widths and scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.encoders.base import Feature
from genre.nets.content_columns import ContentColumns, presence
from genre.values import Embeddings


def content_space(features: Sequence[Feature], taught: NDArray[np.bool_], seed: int) -> Embeddings:
    """All features side by side, each centred and with an equal say: N x F.

    Means, bins, axes and scales come from the rows in `taught` (bool [N]) only. A row is present where any feature is
    that says something about the taught rows.

    Raises:
        DataError: no taught row has content.
    """
    given = [one.embeddings for one in features if one.embeddings.dim and (one.embeddings.present & taught).any()]
    if not given:
        raise DataError(Fault("features", "say nothing about the trained items.", "Add a text or category column."))
    parts = [ContentColumns.fit(one, taught, seed).apply(one).vectors for one in given]
    return Embeddings(np.hstack(parts), np.any([one.present for one in given], axis=0))


def presence_columns(features: Sequence[Feature], taught: NDArray[np.bool_], seed: int) -> NDArray[np.float32]:
    """Which features an item has, with the say of one feature: N x P."""
    flags = presence([one.embeddings for one in features])
    return ContentColumns.fit(flags, taught, seed).apply(flags).vectors
