"""Items that come after the model was fitted: encoded, placed, in the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import FeatureSection
from genre.core.errors import Fault, RequestError
from genre.encoders.base import Feature
from genre.pipeline._encoding import feature_table
from genre.pipeline.posted import Posted, posted_table
from genre.values import Catalog, Embeddings, Vocabulary, columns
from genre.values.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from genre.pipeline.model import Model


def with_items(model: Model, posted: Posted) -> Model:
    """The model with new items at the end of its catalogue, and known ones as they are now.

    Raises:
        RequestError: an id is missing or twice, or a column or value does not fit the table of items.
    """
    table = _checked(posted_table(posted, model.catalog.items.schema, "items", "items"))
    known = model.catalog.item_vocabulary.rows(table[columns.ITEM_ID])
    catalog = _grown(model.catalog, table, known)
    rows = catalog.item_vocabulary.rows(table[columns.ITEM_ID]).astype(np.int64)
    n_items = catalog.n_items
    told = tuple(
        _told(section, feature, table, known)
        for section, feature in zip(model.recipe.features, model.features, strict=True)
    )
    features = tuple(
        replace(old, embeddings=old.embeddings.with_rows(rows, new.embeddings, n_items))
        for old, new in zip(model.features, told, strict=True)
    )
    recommender = model.recommender.placing(rows, told, n_items)
    histories = replace(model.histories, n_items=n_items)
    grown = replace(model, catalog=catalog, histories=histories, features=features, recommender=recommender)
    return grown if model.finder is None else replace(grown, finder=model.finder.following(grown, rows))


def _checked(table: pl.DataFrame) -> pl.DataFrame:
    ids = table[columns.ITEM_ID]
    if ids.null_count():
        raise RequestError(Fault(f"items.{ids.is_null().arg_true()[0]}", "has no item_id.", "Give one to every item."))
    if ids.n_unique() < len(ids):
        twice = ids.filter(ids.is_duplicated())[0]
        raise RequestError(Fault("items", f"'{twice}' is there twice.", "Give each item once."))
    return table


def _grown(catalog: Catalog, table: pl.DataFrame, known: NDArray[np.int32]) -> Catalog:
    """The catalogue with `table`, whose rows stand at `known` (int32 [n], -1 for a new one)."""
    is_new = known == UNKNOWN
    items = pl.concat([catalog.items, table.filter(pl.Series(is_new))])
    vocabulary = Vocabulary(items[columns.ITEM_ID]) if is_new.any() else catalog.item_vocabulary
    if not is_new.all():
        place = np.arange(len(items))
        place[known[~is_new]] = len(items) + np.arange(int((~is_new).sum()))
        items = pl.concat([items, table.filter(pl.Series(~is_new))])[place]
    return replace(catalog, item_vocabulary=vocabulary, items=items)


def _told(section: FeatureSection, feature: Feature, table: pl.DataFrame, known: NDArray[np.int32]) -> Feature:
    """What a feature says of the items; of reviews a model holds vectors only: a known item keeps its own."""
    if section.table is None:
        return replace(feature, embeddings=feature.encoder.encode(feature_table(section, table)))
    old = feature.embeddings.padded(len(feature.embeddings) + 1)  # the last row is that of new items
    vectors, present = old.vectors[known], old.present[known]
    return replace(feature, embeddings=Embeddings(vectors, present))
