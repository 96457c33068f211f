"""Reviews as columns of items and users: which of them count, and how those of one row become a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.sources._times import POSITION_LIMIT
from genre.values import Catalog, Interactions, columns

KEYS = {"items": columns.ITEM_ROW, "users": columns.USER_ROW}
BESIDE_TEXT = (columns.USER_ROW, columns.ITEM_ROW, columns.TIMESTAMP, columns.RATING)
DATES_FROM_MS = POSITION_LIMIT * 1000
"""Smaller times are places in an order, which say nothing beside the times of another table."""


def text_columns(reviews: pl.DataFrame) -> list[str]:
    """Columns that features may read."""
    return [name for name in reviews.columns if name not in BESIDE_TEXT]


def with_taught_reviews(catalog: Catalog, train: Interactions) -> Catalog:
    """The catalogue with those reviews only that the training part gives away nothing by.

    A review counts if its user touched its item in the training part: that it exists tells of that interaction, so one
    of a held-out interaction would tell the answer. Dated ones must not be newer than the whole training part either.
    """
    if catalog.reviews is None:
        return catalog
    counts = pl.Series(is_of(catalog.reviews, train) & _in_time(catalog.reviews, train))
    return replace(catalog, reviews=catalog.reviews.filter(counts))


def is_of(reviews: pl.DataFrame, interactions: Interactions) -> NDArray[np.bool_]:
    """Which reviews are about an item that their user touched in `interactions`: bool [R]."""
    users, items = (reviews[name].to_numpy().astype(np.int64) for name in (columns.USER_ROW, columns.ITEM_ROW))
    return np.isin(users * interactions.n_items + items, interactions.keys())


def review_lists(
    reviews: pl.DataFrame | None, key: str, n_rows: int, names: Sequence[str], limit: int | None
) -> pl.DataFrame:
    """The texts of each item (or user), newest first: one List(String) column per name, null where there is none.

    Reviews of one time, and those without, are the newer the later they stand in the file; undated ones are oldest.
    Several columns keep step: where a review has nothing in one, that one has a null. Values of lists stand one by one.

    Args:
        key: item_row or user_row.
        n_rows: of items or users.
        limit: reviews of a row that are kept, None: all.
    """
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.List(pl.String)))
    if reviews is None or reviews.is_empty():
        return empty.clear(n_rows)
    order = [pl.col(name) for name in (columns.TIMESTAMP,) if name in reviews.columns]
    texts = [_texts(name, reviews.schema[name]) for name in names]
    table = reviews.select(pl.col(key).alias(columns.ROW), *order, *texts)
    table = table.filter(pl.any_horizontal(pl.col(names).list.len() > 0))
    if order:
        table = table.sort(columns.TIMESTAMP, nulls_last=False, maintain_order=True)
    gap = pl.lit([None], dtype=pl.List(pl.String))
    table = table.with_columns(pl.when(pl.col(name).list.len() > 0).then(pl.col(name)).otherwise(gap) for name in names)
    newest = table.reverse().group_by(columns.ROW, maintain_order=True)
    lists = newest.agg(pl.col(name).head(limit or len(table)).explode() for name in names)
    rows = pl.DataFrame({columns.ROW: np.arange(n_rows, dtype=np.int32)})
    return rows.join(lists, on=columns.ROW, how="left", maintain_order="left").select(names)


def _texts(name: str, dtype: pl.DataType) -> pl.Expr:
    """What one review says in a column, as a list without blanks."""
    column = pl.col(name)
    values = column.cast(pl.List(pl.String)) if dtype.is_nested() else pl.concat_list(column.cast(pl.String))
    stripped = values.list.eval(pl.element().str.strip_chars())
    return stripped.list.eval(pl.element().filter(pl.element() != "")).alias(name)


def _in_time(reviews: pl.DataFrame, train: Interactions) -> NDArray[np.bool_]:
    """Which reviews are not newer than the newest training interaction, as far as both are dated."""
    within = np.ones(len(reviews), dtype=np.bool_)
    if columns.TIMESTAMP not in reviews.columns or train.timestamps is None or not len(train):
        return within
    last, times = int(train.timestamps.max()), reviews[columns.TIMESTAMP]
    if last < DATES_FROM_MS or (times.max() or 0) < DATES_FROM_MS:  # type: ignore[operator]
        return within
    return (times.fill_null(last) <= last).to_numpy()
