"""The columns of a feature as one text per row, or as a few."""

from __future__ import annotations

from itertools import zip_longest

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.values import Embeddings

COLUMN_SEPARATOR, LIST_SEPARATOR = ". ", ", "


def row_texts(table: pl.DataFrame) -> list[str]:
    """One text per row [N]: the values in column order joined by ". ", those of a list by ", "; "" where all are null.

    Blank values count as null.

    >>> row_texts(pl.DataFrame({"title": ["Heat", None], "genres": [["Action", "Crime"], []]}))
    ['Heat. Action, Crime', '']
    """
    if table.width == 0:
        return [""] * len(table)
    values = [_value(name, dtype) for name, dtype in table.schema.items()]
    filled = [pl.when(value != "").then(value) for value in values]
    joined = pl.concat_str(filled, separator=COLUMN_SEPARATOR, ignore_nulls=True).fill_null("")
    return _selected(table, [joined.alias("text")])["text"].to_list()


def distinct_texts(table: pl.DataFrame, prefix: str) -> tuple[NDArray[np.int64], list[str]]:
    """Which text each row has (int64 [N], -1: none), and the different texts, each after `prefix`."""
    place: dict[str, int] = {}
    places = [place.setdefault(text, len(place)) if text else -1 for text in row_texts(table)]
    return np.array(places, dtype=np.int64), [prefix + text for text in place]


def spread(known: NDArray[np.float32], places: NDArray[np.int64]) -> Embeddings:
    """The vectors of different texts (n x D) as those of the rows that have them at `places`."""
    present = places >= 0
    vectors = np.zeros((len(places), known.shape[1]), dtype=np.float32)
    vectors[present] = known[places[present]]
    return Embeddings(vectors, present)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """At length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)  # type: ignore[no-any-return]


def row_values(table: pl.DataFrame) -> list[list[str]]:
    """The texts of each row [N]: one per value of a list, one of a plain column; "" where a list has a null or blank.

    The k-th values of several columns are joined by ". ".

    >>> row_values(pl.DataFrame({"text": [["Fun", None, "Slow"], None], "title": ["Heat", None]}))
    [['Fun. Heat', '', 'Slow'], []]
    """
    values = _selected(table, [_values(name, dtype).alias(name) for name, dtype in table.schema.items()])
    columns = [[texts or [] for texts in series.to_list()] for series in values]
    return [_in_step(row) for row in zip(*columns, strict=True)]


def _in_step(columns: tuple[list[str], ...]) -> list[str]:
    if len(columns) == 1:
        return columns[0]
    return [COLUMN_SEPARATOR.join(filter(None, values)) for values in zip_longest(*columns)]


def _selected(table: pl.DataFrame, texts: list[pl.Expr]) -> pl.DataFrame:
    try:
        return table.select(texts)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            Fault(
                f"columns {', '.join(table.columns)}",
                f"cannot be read as text: {error}.",
                "Name columns that hold text.",
            )
        ) from None


def _value(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, (pl.List, pl.Array)):
        entries = _values(name, dtype)
        return entries.list.eval(pl.element().filter(pl.element() != "")).list.join(LIST_SEPARATOR)
    return pl.col(name).cast(pl.String).str.strip_chars()


def _values(name: str, dtype: pl.DataType) -> pl.Expr:
    """A list of texts, null where a plain column is null or blank."""
    column = pl.col(name)
    if isinstance(dtype, (pl.List, pl.Array)):
        entries = column.arr.to_list() if isinstance(dtype, pl.Array) else column
        return entries.list.eval(pl.element().cast(pl.String).str.strip_chars().fill_null(""))
    text = column.cast(pl.String).str.strip_chars()
    return pl.when(text.fill_null("") != "").then(pl.concat_list(text))
