"""From columns of tables to encoded features."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import ENCODERS, FeatureSection
from genre.core.errors import DataError, Fault, GenreError
from genre.core.progress import step
from genre.encoders.base import Encoder, Feature
from genre.pipeline._reviews import KEYS, review_lists
from genre.values import Catalog, World, columns


def read_columns(feature: FeatureSection) -> tuple[str, ...]:
    """The columns of its table that a feature's encoder is given; none for encoders that look at rows alone."""
    encoder: Encoder = ENCODERS.build(feature.encoder)
    return feature.read_columns if encoder.needs_columns else ()


def side_table(feature: FeatureSection, catalog: Catalog, side: Literal["items", "users"]) -> pl.DataFrame:
    """The table that a feature's columns are in, a row per item (or user): its own, or lists of what reviews say."""
    n_rows = catalog.n_items if side == "items" else catalog.n_users
    names = read_columns(feature)
    if feature.table is not None and names:
        return review_lists(catalog.reviews, KEYS[side], n_rows, names, feature.max_reviews)
    own = catalog.items if side == "items" else catalog.users
    return catalog.user_vocabulary.ids.to_frame(columns.USER_ID) if own is None else own


def feature_table(feature: FeatureSection, table: pl.DataFrame) -> pl.DataFrame:
    """The columns of `table` that the feature's encoder is given; the first column where it needs none."""
    return table.select(read_columns(feature) or table.columns[:1])


def asked_table(feature: FeatureSection, items: pl.DataFrame, n_rows: int) -> pl.DataFrame:
    """Rows of nulls in the columns that a feature of the items is given, for what is asked.

    A bundle holds what encoders made of reviews and not the reviews: new items have none, and what people wrote stays
    with the data.
    """
    if feature.table is None:
        return feature_table(feature, items.clear(n_rows))
    return review_lists(None, columns.ITEM_ROW, n_rows, read_columns(feature), None)


def encoded(word: str, sections: tuple[FeatureSection, ...], world: World) -> tuple[Feature, ...]:
    """The features of the world's side; its catalogue holds reviews of the training part only.

    Args:
        word: the recipe's section.

    Raises:
        DataError: an encoder cannot work on its columns, or no training row has content.
    """
    taught = (world.train.popularity() if world.side == "items" else world.train.activity()) > 0
    features = []
    for place, section in enumerate(sections):
        with step(f"Encoding {section.name}"):
            try:
                feature = _feature(section, world, taught)
            except GenreError as error:
                raise error.at(f"{word}.{place}.encoder") from None
        fault = _untaught(feature, taught, world.side)
        if fault is not None:
            raise DataError(fault.below(f"{word}.{place}"))
        features.append(feature)
    return tuple(features)


def _feature(section: FeatureSection, world: World, taught: NDArray[np.bool_]) -> Feature:
    encoder: Encoder = ENCODERS.build(section.encoder)
    table = feature_table(section, side_table(section, world.catalog, world.side))
    encoder.observe(world)
    encoder.fit(table.filter(pl.Series(taught)))
    return Feature(section.name, encoder, encoder.encode(table))


def _untaught(feature: Feature, taught: NDArray[np.bool_], side: str) -> Fault | None:
    """The fault of a feature that nothing can be learned of."""
    present = feature.embeddings.present
    if (present & taught).any():
        return None
    what = (
        f"'{feature.name}': none of {int(taught.sum()):,} training {side} has content, of the others {present.sum():,}."
    )
    return Fault("", what, "Add content for some of them, or leave the feature out.")
