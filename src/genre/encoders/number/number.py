"""Numbers on one scale (mean 0 and deviation 1 over the training rows), or in buckets."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.values import Embeddings, Remark

LARGEST = float(np.finfo(np.float32).max)
"""Larger numbers stand for something else: they count as missing."""
FARTHEST = 1e6
"""Deviations from the mean at most; training rows, fewer than its square, stay within."""
N_EXAMPLES = 5


class NumberConfig(EncoderConfig):
    """How numbers are scaled."""

    log: bool = Field(False, description="Take sign(x) * ln(1 + |x|) first, for prices and counts.")
    buckets: int | None = Field(
        None,
        ge=2,
        le=1000,
        description="Zeros and ones instead, a dimension per bucket of about as many training rows; None: no buckets.",
    )
    flag_missing: bool = Field(False, description="Add one dimension per column that is 1 where the number is missing.")


class NumberEncoder(Encoder):
    """(x - mean) / deviation per column; a missing number gives 0, the mean.

    With buckets, 1 in the bucket that holds x, none for a missing number. Edges are quantiles of the training rows and
    differ; a bucket holds its lower edge, the first and the last one reach beyond what was seen.
    Null, NaN, infinite values and those beyond 32 bits are missing; a row in which all numbers are missing counts as
    one without content.
    """

    config: NumberConfig
    EXAMPLES = ({}, {"log": True, "flag_missing": True}, {"buckets": 4})

    _means: NDArray[np.float64] | None = None
    _deviations: NDArray[np.float64]
    _edges: list[NDArray[np.float64]]
    """Inner edges per column; none without buckets."""

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return tuple(fault for fault in map(_fault, table.get_columns()) if fault is not None)

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        if np.isfinite(self._numbers(table)).any():
            return ()
        what = f"none of the {len(table):,} training rows holds a number."
        mend = "Name columns with numbers, or leave this feature out."
        return (Fault(f"columns {', '.join(table.columns)}", what, mend),)

    def remarks(self, table: pl.DataFrame) -> tuple[Remark, ...]:
        filled = np.stack([series.is_not_null().to_numpy() for series in table.get_columns()], axis=1)
        odd = table.filter(pl.Series((filled & np.isnan(self._numbers(table))).any(axis=1)))
        if odd.is_empty():
            return ()
        what = f"numbers that are infinite, NaN or beyond {LARGEST:.0e} count as missing"
        return (Remark("numbers", what, len(odd), odd.head(N_EXAMPLES), "Look at what made them."),)

    def fit(self, table: pl.DataFrame) -> None:
        faults = self.obstacles(table) or self.lacks(table)
        if faults:
            raise DataError(faults)
        values = self._numbers(table)
        known = np.isfinite(values)
        counts = np.maximum(known.sum(axis=0), 1)
        means = np.where(known, values, 0.0).sum(axis=0) / counts
        variances = np.where(known, (values - means) ** 2, 0.0).sum(axis=0) / counts
        self._means, self._deviations = means, np.where(variances > 0, np.sqrt(variances), 1.0)
        columns = (values[known[:, place], place] for place in range(values.shape[1]))
        self._edges = [] if self.config.buckets is None else [_edges(one, self.config.buckets) for one in columns]

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._means is None:
            raise NotFittedError("number encodes only after fit")
        values = self._numbers(table)
        known = np.isfinite(values)
        if self.config.buckets is None:
            deviates = (values - self._means) / self._deviations
            vectors = np.where(known, np.clip(deviates, -FARTHEST, FARTHEST), 0.0)
        else:
            vectors = np.hstack([_bucketed(values[:, place], edges) for place, edges in enumerate(self._edges)])
        present = known.sum(axis=1) > 0
        if self.config.flag_missing:
            vectors = np.hstack([vectors, ~known & present[:, None]])
        return Embeddings(vectors.astype(np.float32), present)

    @property
    def width(self) -> int:
        if self._means is None:
            raise NotFittedError("number knows its width only after fit")
        flags = len(self._means) if self.config.flag_missing else 0
        return flags + (len(self._means) if self.config.buckets is None else sum(len(one) + 1 for one in self._edges))

    def state(self) -> State:
        if self._means is None:
            raise NotFittedError("number has a state only after fit")
        edges = {f"edges.{place}": one for place, one in enumerate(self._edges)}
        return State(arrays={"means": self._means, "deviations": self._deviations, **edges})

    def restore(self, state: State) -> None:
        self._means, self._deviations = state.arrays["means"], state.arrays["deviations"]
        self._edges = [state.arrays[f"edges.{place}"] for place in range(len(state.arrays) - 2)]

    def _numbers(self, table: pl.DataFrame) -> NDArray[np.float64]:
        """float64 [N, columns], NaN where a number is missing."""
        faults = self.obstacles(table)
        if faults:
            raise DataError(faults)
        columns = [series.cast(pl.Float64).fill_null(np.nan).to_numpy() for series in table.get_columns()]
        values = np.stack(columns, axis=1)
        values = np.where(np.abs(values) <= LARGEST, values, np.nan)
        return np.sign(values) * np.log1p(np.abs(values)) if self.config.log else values


def _edges(values: NDArray[np.float64], n_buckets: int) -> NDArray[np.float64]:
    """Quantiles that part values [n] into buckets that are not empty."""
    if not len(values):
        return np.empty(0)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, n_buckets + 1)))
    return edges[1:-1]


def _bucketed(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """n x buckets, 1 in the bucket of each value that is a number."""
    places = np.searchsorted(edges, values, side="right")
    return (places[:, None] == np.arange(len(edges) + 1)) * np.isfinite(values)[:, None].astype(np.float64)


def _fault(series: pl.Series) -> Fault | None:
    """What keeps a column from being read as numbers."""
    where = f"column {series.name}"
    if series.dtype.is_nested():
        return Fault(where, "holds lists, not numbers.", "Encode it with multi_hot.")
    numbers = series.cast(pl.Float64, strict=False)
    wrong = series.filter(numbers.is_null() & series.is_not_null())
    if len(wrong):
        shown = ", ".join(repr(value) for value in wrong.head(3))
        return Fault(where, f"{len(wrong)} values are not numbers ({shown}).", "Clean them, or use multi_hot or tfidf.")
    return None
