"""Categories as zeros and ones, one dimension per value."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.category._values import KnownValues, hot_vectors, missing_values
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

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return missing_values(table, self.config.min_count)

    def fit(self, table: pl.DataFrame) -> None:
        known = KnownValues.of(table, self.config.min_count, self.config.max_values)
        self._values = known.values
        rarity = np.log((1 + len(table)) / (1 + known.counts)) + 1
        self._weights = (rarity if self.config.idf else np.ones(len(rarity))).astype(np.float32)

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._values is None:
            raise NotFittedError("multi_hot encodes only after fit")
        return hot_vectors(table, self._values, self._weights)

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
