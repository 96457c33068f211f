"""Values of categorical columns: which there are, and which a row holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.values import Embeddings

Value = tuple[int, str]
"""The position of a column, and a value of it: 'Drama' as a genre and 'Drama' as a studio are two."""


@dataclass(frozen=True, eq=False)
class KnownValues:
    """Values that get a dimension, in order.

    Attributes:
        counts: int64, training rows that hold each.
        n_left_out: distinct values of the training rows that get none: too rare, or beyond `max_values`.
    """

    values: list[Value]
    counts: NDArray[np.int64]
    n_left_out: int

    @staticmethod
    def of(table: pl.DataFrame, min_count: int, max_values: int | None) -> KnownValues:
        """The most frequent values of the training rows.

        Raises:
            DataError: none is frequent enough.
        """
        pairs = held_values(table)
        counts = Counter(zip(pairs["column"].to_list(), pairs["value"].to_list(), strict=True))
        frequent = sorted((-count, value) for value, count in counts.items() if count >= min_count)
        if not frequent:
            raise DataError(
                Fault(
                    f"column {', '.join(table.columns)}",
                    f"no value occurs in {min_count} or more of the {len(table)} training rows.",
                    "Lower min_count, or leave this feature out.",
                )
            )
        values = sorted(value for _, value in frequent[:max_values])
        found = np.array([counts[value] for value in values], dtype=np.int64)
        return KnownValues(values, found, len(counts) - len(values))


def missing_values(table: pl.DataFrame, min_count: int) -> tuple[Fault, ...]:
    """The fault of training rows in which no value is frequent enough."""
    try:
        KnownValues.of(table, min_count, None)
    except DataError as error:
        return error.faults
    return ()


def held_values(table: pl.DataFrame) -> pl.DataFrame:
    """Distinct (row, column, value) of a table: row is the row number, column the position of the column."""
    parts = []
    for place, series in enumerate(table.get_columns()):
        column: Any = pl.col("value").cast(pl.List(pl.String)) if series.dtype.is_nested() else pl.col("value")
        part = pl.DataFrame({"value": series}).with_row_index("row").with_columns(column)
        part = part.explode("value") if series.dtype.is_nested() else part
        value = pl.col("value").cast(pl.String).str.strip_chars()
        parts.append(part.select("row", pl.lit(place, pl.Int32).alias("column"), value))
    return pl.concat(parts).filter(pl.col("value").fill_null("") != "").unique(maintain_order=True)


def held_places(table: pl.DataFrame, values: Sequence[Value]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and what they hold as places in `values`, len(values) for a value that is not among them: int64 [n] each."""
    known = pl.DataFrame(list(values), schema={"column": pl.Int32, "value": pl.String}, orient="row")
    held = held_values(table).join(
        known.with_row_index("place"), on=["column", "value"], how="left", maintain_order="left"
    )
    places = held["place"].cast(pl.Int64).fill_null(len(values))
    return held["row"].cast(pl.Int64).to_numpy(), places.to_numpy()


def hot_vectors(table: pl.DataFrame, values: Sequence[Value], weights: NDArray[np.float32]) -> Embeddings:
    """N x values, the weight of each value where a row holds it; a row with no value among them is absent."""
    rows, places = held_places(table, values)
    known = places < len(values)
    vectors = np.zeros((len(table), len(values)), dtype=np.float32)
    vectors[rows[known], places[known]] = weights[places[known]]
    present = np.zeros(len(table), dtype=np.bool_)
    present[rows[known]] = True
    return Embeddings(vectors, present)
