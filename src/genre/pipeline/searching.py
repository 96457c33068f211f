"""Items that free texts are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import FeatureSection
from genre.core.errors import Fault, RequestError
from genre.encoders.base import Feature
from genre.pipeline._encoding import asked_table, read_columns
from genre.values import Embeddings

if TYPE_CHECKING:
    from genre.pipeline.model import Model


def text_scores(model: Model, queries: Sequence[str]) -> NDArray[np.float32]:
    """How near items are to texts: float32 [Q, N], -inf for items that share no text feature with a text.

    Raises:
        RequestError: the model has no text feature, a text is empty, or none of its words is known.
    """
    found = _text_features(model, queries)
    asked = _encoded(model, queries, found)
    return _compared(asked, [feature.embeddings for _, feature in found])


def text_vectors(model: Model, queries: Sequence[str]) -> NDArray[np.float32]:
    """Texts at length 1, Q x D, to be multiplied with items' vectors of the one text feature there is.

    Raises:
        RequestError: as `text_scores`.
    """
    (asked,) = _encoded(model, queries, _text_features(model, queries))
    return asked.normalized()


def _text_features(model: Model, queries: Sequence[str]) -> list[tuple[FeatureSection, Feature]]:
    if not all(query.strip() for query in queries):
        raise RequestError(Fault("search", "the text is empty.", "Write a few words."))
    pairs = zip(model.recipe.features, model.features, strict=True)
    found = [(section, feature) for section, feature in pairs if feature.encoder.is_text]
    if not found:
        raise RequestError(Fault("search", "the model has no text feature.", "Add one under features: and fit again."))
    return found


def _encoded(model: Model, queries: Sequence[str], found: Sequence[tuple[FeatureSection, Feature]]) -> list[Embeddings]:
    asked = []
    for section, feature in found:
        table = asked_table(section, model.catalog.items, len(queries))
        texts = pl.Series(read_columns(section)[0], queries, dtype=pl.String)
        asked.append(feature.encoder.encode(table.with_columns(texts)))
    understood = np.any([_has_content(encoded) for encoded in asked], axis=0)
    if not understood.all():
        missed = queries[int(np.argmin(understood))]
        raise RequestError(Fault("search", f"no word of '{missed}' is known to the model.", "Use other words."))
    return asked


def _compared(asked: Sequence[Embeddings], items: Sequence[Embeddings]) -> NDArray[np.float32]:
    """Cosines of Q queries and N items: the mean of the text features that know the query and that the item has.

    Items that share none with the query get -inf: no list holds them.
    """
    total = np.zeros((len(asked[0].vectors), len(items[0].vectors)), dtype=np.float32)
    n_compared = np.zeros(total.shape, dtype=np.float32)
    for query, item in zip(asked, items, strict=True):
        total += query.normalized() @ item.vectors.T / np.maximum(item.lengths, 1e-12)
        n_compared += np.outer(_has_content(query), item.present)
    return np.where(n_compared > 0, total / np.maximum(n_compared, 1), -np.inf).astype(np.float32)


def _has_content(encoded: Embeddings) -> NDArray[np.bool_]:
    """Which queries an encoder knows anything of."""
    return encoded.present & encoded.vectors.any(axis=1)
