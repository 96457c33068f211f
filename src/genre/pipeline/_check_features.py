"""Findings about features: are their columns there, filled and of the right kind, and can the encoder work here?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.config.recipe import ENCODERS, FeatureSection, Recipe
from genre.encoders.base import Encoder
from genre.pipeline._check_findings import Finding, example_rows, failures
from genre.pipeline._encoding import read_columns, side_table
from genre.pipeline._reviews import with_taught_reviews
from genre.pipeline._unfit import column_faults
from genre.values import Dataset, Remark, Split, World, columns

FEW_SHARE = 0.8
"""Below this share of items with content it is worth a word."""
SEPARATORS = ("|", ";", ",")
NESTED = r"(?s)^\s*\{.*\}\s*$"
"""A text that looks like a JSON object."""


def feature_findings(recipe: Recipe, dataset: Dataset, split: Split | None) -> Iterator[Finding]:
    """Everything about `features` and `users`, in all rows and in those that the split's training part touches."""
    everything = dataset.interactions
    train = everything if split is None else split.train
    catalog = with_taught_reviews(dataset.catalog, everything)
    items, users = World(catalog, everything, "items", recipe.seed), World(catalog, everything, "users", recipe.seed)
    yield from _side("features", recipe.features, items, train.popularity() > 0)
    yield from _side("users", recipe.users, users, train.activity() > 0)


def filled_features(recipe: Recipe, dataset: Dataset) -> dict[str, NDArray[np.bool_]]:
    """By the name of each item feature which items may have it, as far as columns tell without encoding: bool [N]."""
    found = {}
    for feature in recipe.features:
        names = read_columns(feature)
        if not any(column_faults("", feature.table or "items", names, dataset.catalog)):
            table = side_table(feature, dataset.catalog, "items")
            everything = np.ones(len(table), dtype=np.bool_)
            found[feature.name] = filled_rows(table.select(names)).to_numpy() if names else everything
    return found


def _side(
    section: str, features: tuple[FeatureSection, ...], world: World, taught: NDArray[np.bool_]
) -> Iterator[Finding]:
    catalog = world.catalog
    of_items = world.side == "items"
    key, known = (columns.ITEM_ID, catalog.item_vocabulary) if of_items else (columns.USER_ID, catalog.user_vocabulary)
    for place, feature in enumerate(features):
        where, names = f"{section}.{place}", read_columns(feature)
        faults = tuple(column_faults(where, feature.table or world.side, names, catalog))
        yield from failures(faults)
        if not faults:
            encoder: Encoder = ENCODERS.build(feature.encoder)
            encoder.observe(world)
            table = side_table(feature, catalog, world.side)
            read = table.select(known.ids.alias(key), *(name for name in set(names) if name != key))
            found = tuple(_encoder(f"{where}.encoder", encoder, read.select(names or key), taught))
            yield from found
            if names:
                yield from _columns(where, world.side, feature, read, all(one.level != "FAIL" for one in found))


def _encoder(where: str, encoder: Encoder, table: pl.DataFrame, taught: NDArray[np.bool_]) -> Iterator[Finding]:
    """What the encoder has to say of its columns."""
    faults = tuple(encoder.obstacles(table))
    if not faults and filled_rows(table).any():
        faults = encoder.lacks(table.filter(pl.Series(taught)))
    yield from failures(fault.below(where) for fault in faults)
    if not faults:
        yield from (_remark(where, remark) for remark in encoder.remarks(table))


def _columns(where: str, word: str, feature: FeatureSection, table: pl.DataFrame, is_fit: bool) -> Iterator[Finding]:
    """How many rows have something in the feature's columns, and what its values are like."""
    names = list(read_columns(feature))
    filled = filled_rows(table.select(names))
    n_filled = int(filled.sum())
    what = f"'{feature.name}': {n_filled:,} of {len(table):,} {word} have something in {', '.join(names)}."
    if n_filled == 0:
        yield Finding("FAIL", where, what, "Name columns with content, or leave the feature out.")
    elif n_filled < FEW_SHARE * len(table):
        empty = table.filter(~filled)
        mend = "The others are known by interactions only; add content for them."
        yield Finding("WARN", where, what, mend, example_rows(empty, 3))
    elif is_fit:
        yield Finding("PASS", where, what)
    if n_filled:
        yield from _constant(where, names, table)
    if feature.encoder.type_name() in ("multi_hot", "category"):
        yield from _categories(where, names, table)


def _remark(where: str, remark: Remark) -> Finding:
    what = f"{remark.what} ({remark.n_rows:,} rows of {remark.table})."
    return Finding("WARN", where, what, remark.mend, example_rows(remark.examples))


def _constant(where: str, names: list[str], table: pl.DataFrame) -> Iterator[Finding]:
    """Columns that hold the same in all rows."""
    for name in names:
        known = table[name].drop_nulls()
        inner = known.dtype.inner if isinstance(known.dtype, pl.List) else known.dtype
        if len(known) > 1 and not inner.is_nested() and known.n_unique() == 1:
            what = (
                f"'{name}' holds one and the same value in all of its {len(known):,} rows: it tells none from another."
            )
            mend = "Name a column with different values, or leave the feature out."
            yield Finding("WARN", f"{where}.columns", what, mend, example_rows(known.head(1).to_frame()))


def _categories(where: str, names: list[str], table: pl.DataFrame) -> Iterator[Finding]:
    """Texts that hold several values, or one value each, make poor categories."""
    for name in names:
        if table.schema[name] != pl.String:
            continue
        values = table[name].drop_nulls()
        if values.is_empty():
            continue
        if (values.str.contains(NESTED)).all():
            what = f"'{name}' holds nested values, read as JSON texts; each whole text is one value."
            mend = "Write the field that you mean into a column of its own."
            yield Finding("WARN", f"{where}.columns", what, mend, example_rows(values.head(3).to_frame()))
            continue
        for separator in SEPARATORS:
            share = float(values.str.contains(separator, literal=True).mean() or 0.0)  # type: ignore[arg-type]
            if share >= 0.5:
                what = f"'{name}' holds '{separator}' in {share:.0%} of its texts; each whole text is one value."
                mend = f"If these are lists, write in the source: lists: {{{name}: '{separator}'}}."
                yield Finding("WARN", f"{where}.columns", what, mend, example_rows(values.head(3).to_frame()))
                break
        if values.n_unique() > 0.9 * len(values) and len(values) >= 20:
            what = f"'{name}' has a value of its own in nearly every row ({values.n_unique():,} in {len(values):,})."
            mend = "Categories help when items share them; encode texts with transformer or tfidf."
            yield Finding("WARN", f"{where}.columns", what, mend, example_rows(values.head(3).to_frame()))


def filled_rows(table: pl.DataFrame) -> pl.Series:
    """Which rows have something in one of the columns: bool [N]."""
    return table.select(pl.any_horizontal(_is_filled(name, dtype) for name, dtype in table.schema.items())).to_series()


def _is_filled(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String:
        return column.is_not_null() & (column.str.strip_chars() != "")
    if isinstance(dtype, pl.List):
        return column.is_not_null() & (column.list.len() > 0)
    if dtype.is_float():
        return column.is_not_null() & column.is_finite()
    return column.is_not_null()
