"""Categories as zeros and ones, one dimension per value."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.values import Embeddings


class MultiHotConfig(EncoderConfig):
    """Which values get a dimension."""

    min_count: int = Field(1, ge=1, description="Training rows that must hold a value before it gets a dimension.")
    max_values: int | None = Field(
        1000, ge=1, description="At most this many dimensions, the most frequent values; None: all."
    )
    idf: bool = Field(False, description="Weigh a value by ln((1 + rows) / (1 + rows with it)) + 1 instead of 1.")


class MultiHotEncoder(Encoder):
    """1 (or the value's rarity) where a row holds a value, for single values and lists alike.

    A value belongs to its column: 'Drama' as a genre and 'Drama' as a studio are two dimensions. Values that training
    rows do not hold are left out; a row with no known value counts as one without content.
    """

    config: MultiHotConfig
    EXAMPLES = ({}, {"idf": True, "min_count": 2, "max_values": 50})

    _values: list[tuple[int, str]] | None = None
    _weights: NDArray[np.float32]

    def fit(self, table: pl.DataFrame) -> None:
        pairs = _pairs(table)
        counts = Counter(zip(pairs["column"].to_list(), pairs["value"].to_list(), strict=True))
        frequent = sorted((-count, value) for value, count in counts.items() if count >= self.config.min_count)
        if not frequent:
            raise DataError(
                Fault(
                    f"column {', '.join(table.columns)}",
                    f"no value occurs in {self.config.min_count} or more of the {len(table)} training rows.",
                    "Lower min_count, or leave this feature out.",
                )
            )
        kept = frequent[: self.config.max_values]
        self._values = sorted(value for _, value in kept)
        found = np.array([counts[value] for value in self._values])
        rarity = np.log((1 + len(table)) / (1 + found)) + 1
        self._weights = (rarity if self.config.idf else np.ones(len(found))).astype(np.float32)

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._values is None:
            raise NotFittedError("multi_hot encodes only after fit")
        known = pl.DataFrame(
            self._values, schema={"column": pl.Int32, "value": pl.String}, orient="row"
        ).with_row_index("place")
        hits = _pairs(table).join(known, on=["column", "value"])
        rows, places = hits["row"].to_numpy(), hits["place"].to_numpy()
        vectors = np.zeros((len(table), len(self._values)), dtype=np.float32)
        vectors[rows, places] = self._weights[places]
        present = np.zeros(len(table), dtype=np.bool_)
        present[rows] = True
        return Embeddings(vectors, present)

    @property
    def width(self) -> int:
        if self._values is None:
            raise NotFittedError("multi_hot knows its width only after fit")
        return len(self._values)

    def state(self) -> State:
        if self._values is None:
            raise NotFittedError("multi_hot has a state only after fit")
        return State({"values": [[column, value] for column, value in self._values]}, {"weights": self._weights})

    def restore(self, state: State) -> None:
        self._values = [(int(column), str(value)) for column, value in state.meta["values"]]
        self._weights = state.arrays["weights"]


def _pairs(table: pl.DataFrame) -> pl.DataFrame:
    """Distinct (row, column, value) of a table: row is the row number, column the position of the column."""
    parts = []
    for place, series in enumerate(table.get_columns()):
        column: Any = pl.col("value").cast(pl.List(pl.String)) if series.dtype.is_nested() else pl.col("value")
        part = pl.DataFrame({"value": series}).with_row_index("row").with_columns(column)
        part = part.explode("value") if series.dtype.is_nested() else part
        value = pl.col("value").cast(pl.String).str.strip_chars()
        parts.append(part.select("row", pl.lit(place, pl.Int32).alias("column"), value))
    return pl.concat(parts).filter(pl.col("value").fill_null("") != "").unique(maintain_order=True)
