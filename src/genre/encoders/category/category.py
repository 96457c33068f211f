"""Categories as zeros and ones, or as vectors that are trained with the tower."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault, NotFittedError
from genre.core.fingerprint import fingerprint
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.category._values import KnownValues, Value, held_places, held_values, hot_vectors, missing_values
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn


class CategoryConfig(EncoderConfig):
    """What a value becomes, and which values count."""

    kind: Literal["one_hot", "multi_hot", "embedding"] = Field(
        "embedding",
        description="one_hot: a dimension per value, one value per row and column; multi_hot: the same for lists; "
        "embedding: a trained vector per value, averaged over a row.",
    )
    min_count: int = Field(1, ge=1, description="Training rows that must hold a value before it counts.")
    max_values: int | None = Field(
        1000, ge=1, description="At most this many values, the most frequent ones; None: all."
    )


@dataclass(frozen=True, eq=False)
class HeldValues:
    """What rows hold.

    Attributes:
        places: int64, values by their place, row after row.
        offsets: int64 [N + 1], where each row's values begin.
    """

    places: NDArray[np.int64]
    offsets: NDArray[np.int64]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.places, self.offsets)


class CategoryEncoder(Encoder):
    """A value belongs to its column; a row with no value that counts is one without content.

    As an embedding, all values that do not count share one vector, which learns from the training rows' rare values;
    where these have none, unknown values say nothing.
    Reference: entity embeddings of categorical variables, arXiv 1604.06737.
    """

    config: CategoryConfig
    EXAMPLES = ({}, {"kind": "multi_hot", "min_count": 2}, {"kind": "embedding", "max_values": 2})

    _values: list[Value] | None = None
    _shares_unknown: bool = False

    @property
    def is_trained(self) -> bool:
        return self.config.kind == "embedding"

    @property
    def needs_torch(self) -> bool:
        return False

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        if self.config.kind != "one_hot":
            return ()
        return tuple(fault for fault in map(_several, table.get_columns()) if fault is not None)

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return missing_values(table, self.config.min_count)

    def fit(self, table: pl.DataFrame) -> None:
        faults = self.obstacles(table)
        if faults:
            raise DataError(faults)
        known = KnownValues.of(table, self.config.min_count, self.config.max_values)
        self._values, self._shares_unknown = known.values, known.n_left_out > 0

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._values is None:
            raise NotFittedError("category encodes only after fit")
        faults = self.obstacles(table)
        if faults:
            raise DataError(faults)
        if not self.is_trained:
            return hot_vectors(table, self._values, np.ones(len(self._values), dtype=np.float32))
        rows, places = held_places(table, self._values)
        kept = places < self._n_vectors
        order = np.argsort(rows[kept], kind="stable")
        counts = np.bincount(rows[kept], minlength=len(table))
        held = HeldValues(places[kept][order], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
        return Embeddings(np.zeros((len(table), 0), dtype=np.float32), counts > 0, held)

    @property
    def width(self) -> int:
        if self._values is None:
            raise NotFittedError("category knows its width only after fit")
        return 0 if self.is_trained else len(self._values)

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        if not self.is_trained:
            return super().network(embeddings, width)
        from genre.nets.value_mean import ValueMean

        held = embeddings.inputs
        assert isinstance(held, HeldValues)
        return ValueMean(held.places, held.offsets, self._n_vectors, width)

    def says(self, embeddings: Embeddings, weights: Mapping[str, NDArray[np.float32]], width: int) -> Embeddings:
        if not self.is_trained:
            return super().says(embeddings, weights, width)
        held = embeddings.inputs
        assert isinstance(held, HeldValues)
        ones = np.ones(len(held.places), dtype=np.float32)
        bags = sp.csr_array((ones, held.places, held.offsets), shape=(len(embeddings), self._n_vectors))
        counts = np.maximum(np.diff(held.offsets), 1)[:, None]
        return Embeddings((bags @ weights["table.weight"] / counts).astype(np.float32), embeddings.present)

    def state(self) -> State:
        if self._values is None:
            raise NotFittedError("category has a state only after fit")
        return State({"values": [list(value) for value in self._values], "shares_unknown": self._shares_unknown})

    def restore(self, state: State) -> None:
        self._values = [(int(column), str(value)) for column, value in state.meta["values"]]
        self._shares_unknown = bool(state.meta["shares_unknown"])

    @property
    def _n_vectors(self) -> int:
        return len(self._values or ()) + self._shares_unknown


def _several(series: pl.Series) -> Fault | None:
    """What keeps a column from being one value per row."""
    most = held_values(series.to_frame()).group_by("row").len().sort("len", "row", descending=[True, False])
    if most.is_empty() or most["len"][0] < 2:
        return None
    n_rows, example = int((most["len"] > 1).sum()), series[int(most["row"][0])]
    shown = ", ".join(str(value) for value in example)
    what = f"{n_rows:,} rows hold several values ({shown}), one_hot takes one."
    return Fault(f"column {series.name}", what, "Write kind: multi_hot.")
