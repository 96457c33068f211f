"""Findings about features: are their columns there, filled and of the right kind, and can the encoder work here?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from genre.config.recipe import ENCODERS, FeatureSection, Recipe
from genre.core.errors import Fault
from genre.encoders.base import Encoder
from genre.pipeline._check_findings import Finding, example_rows, failures
from genre.pipeline._reviews import with_taught_reviews
from genre.pipeline.assemble import column_faults, read_columns, side_table
from genre.values import Dataset, Remark, World, columns

FEW_SHARE = 0.8
"""Below this share of items with content it is worth a word."""
SEPARATORS = ("|", ";", ",")


def feature_findings(recipe: Recipe, dataset: Dataset) -> Iterator[Finding]:
    """Everything about `features` and `users`."""
    train = dataset.interactions
    catalog = with_taught_reviews(dataset.catalog, train)
    yield from _side("features", recipe.features, World(catalog, train, "items", recipe.seed))
    yield from _side("users", recipe.users, World(catalog, train, "users", recipe.seed))


def _side(section: str, features: tuple[FeatureSection, ...], world: World) -> Iterator[Finding]:
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
            yield from _feature(where, world.side, feature, encoder, read)


def _feature(
    where: str, word: str, feature: FeatureSection, encoder: Encoder, table: pl.DataFrame
) -> Iterator[Finding]:
    names = list(read_columns(feature))
    read = table.select(names or table.columns[:1])
    obstacles = tuple(encoder.obstacles(read))
    yield from failures(
        Fault(f"{where}.encoder" + (f", {fault.where}" if fault.where else ""), fault.what, fault.mend)
        for fault in obstacles
    )
    if not obstacles:
        yield from (_remark(f"{where}.encoder", remark) for remark in encoder.remarks(read))
    if not names:
        return
    filled = table.select(pl.any_horizontal(_is_filled(name, table.schema[name]) for name in names).alias("filled"))
    n_filled = int(filled["filled"].sum())
    what = f"'{feature.name}': {n_filled:,} of {len(table):,} {word} have something in {', '.join(names)}."
    if n_filled == 0:
        yield Finding("FAIL", where, what, "Name columns with content, or leave the feature out.")
    elif n_filled < FEW_SHARE * len(table):
        empty = table.filter(~filled["filled"])
        mend = "The others are known by interactions only; add content for them."
        yield Finding("WARN", where, what, mend, example_rows(empty, 3))
    elif not obstacles:
        yield Finding("PASS", where, what)
    if feature.encoder.type_name() in ("multi_hot", "category"):
        yield from _categories(where, names, table)


def _remark(where: str, remark: Remark) -> Finding:
    what = f"{remark.what} ({remark.n_rows:,} rows of {remark.table})."
    return Finding("WARN", where, what, remark.mend, example_rows(remark.examples))


def _categories(where: str, names: list[str], table: pl.DataFrame) -> Iterator[Finding]:
    """Texts that hold several values, or one value each, make poor categories."""
    for name in names:
        if table.schema[name] != pl.String:
            continue
        values = table[name].drop_nulls()
        if values.is_empty():
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


def _is_filled(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.String:
        return column.is_not_null() & (column.str.strip_chars() != "")
    if isinstance(dtype, pl.List):
        return column.is_not_null() & (column.list.len() > 0)
    if dtype.is_float():
        return column.is_not_null() & column.is_finite()
    return column.is_not_null()
