"""Reads interactions batch by batch into arrays and sets aside rows that cannot be used."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.progress import step
from genre.sources._ids import IdCollector, LocalIds, encode, require_plain
from genre.sources._inputs import INTERACTIONS, Rules
from genre.sources._ledger import Ledger
from genre.sources._raw import Batch, RawTable
from genre.sources._time_reader import TimeReader
from genre.sources._times import DAY_MS
from genre.sources._types import with_points
from genre.values import columns

NO_TIME = int(np.iinfo(np.int64).min)
"""Stands for a missing time until all rows are read: a column without any time is no fault of its rows."""
GOOD = -1
REASONS = (
    "user id is missing",
    "item id is missing",
    "time cannot be read",
    "time lies in the future",
    "rating is not a finite number",
    "rating is missing, and the recipe asks for a threshold",
    "weight is not a finite number of at least 0",
)
USER, ITEM, BAD_TIME, FUTURE, BAD_RATING, NO_RATING, BAD_WEIGHT = range(len(REASONS))


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Usable rows; arrays as in `Interactions`, `NO_TIME` and NaN where a time or rating is missing.

    Attributes:
        user_ids, item_ids: ids in row order.
        numbers: int64 [E], row numbers in the file.
        times: what read the times and can write them as the file does.
    """

    user_ids: pl.Series
    item_ids: pl.Series
    user_rows: NDArray[np.int32]
    item_rows: NDArray[np.int32]
    numbers: NDArray[np.int64]
    timestamps: NDArray[np.int64] | None
    ratings: NDArray[np.float32] | None
    weights: NDArray[np.float32] | None
    parts: pl.Series | None
    n_below_threshold: int
    times: TimeReader | None = None


@dataclass(eq=False)
class _Values:
    """The columns of one batch as numbers, and the place in `REASONS` of each row (GOOD where it is kept)."""

    users: LocalIds
    items: LocalIds
    fault: NDArray[np.int8]
    times: NDArray[np.int64] | None = None
    ratings: NDArray[np.float32] | None = None
    weights: NDArray[np.float32] | None = None
    parts: pl.Series | None = None


@dataclass(eq=False)
class InteractionReader:
    """Gathers interactions; `names` maps our column names to the file's."""

    path: Path
    names: Mapping[str, str]
    rules: Rules
    ledger: Ledger
    known_users: pl.Series
    known_items: pl.Series
    _n_below: int = 0
    _chunks: dict[str, list] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._times = TimeReader(self.rules.time_unit, self.rules.time_format)

    def read(self, table: RawTable) -> Cleaned:
        """All interactions of the table.

        Raises:
            DataError: the file is broken.
        """
        users, items = IdCollector(self.known_users), IdCollector(self.known_items)
        wanted = list(dict.fromkeys(self.names.values()))
        with step(f"reading {table.path.name}") as bar:
            for batch in table.batches(wanted):
                self._take(batch, users, items)
                bar.advance(len(batch.rows))
        if self._times.mixed is not None:
            what = f"{columns.TIMESTAMP}: numbers among dates, or dates among numbers; both are read"
            examples = self._times.mixed.alias(columns.TIMESTAMP).to_frame()
            self.ledger.remark(INTERACTIONS, what, self._times.n_mixed, examples)
        user_ids, user_rows = users.finish()
        item_ids, item_rows = items.finish()
        parts = self._chunks.pop("parts", None)
        return Cleaned(
            user_ids,
            item_ids,
            user_rows,
            item_rows,
            self._joined("numbers", np.int64),
            self._joined_if(columns.TIMESTAMP, "times", np.int64),
            self._joined_if(columns.RATING, "ratings", np.float32),
            self._joined_if(columns.WEIGHT, "weights", np.float32),
            pl.concat(parts) if parts else None,
            self._n_below,
            self._times,
        )

    def _take(self, batch: Batch, users: IdCollector, items: IdCollector) -> None:
        self.ledger.set_aside_broken(INTERACTIONS, batch.broken)
        values = self._values(batch.frame)
        bad = values.fault != GOOD
        if bad.any():
            numbered = batch.numbered()
            for place in np.unique(values.fault[bad]):
                self.ledger.set_aside(INTERACTIONS, REASONS[place], numbered.filter(pl.Series(values.fault == place)))
        keep = ~bad
        if self.rules.rating_threshold is not None and values.ratings is not None:
            is_positive = values.ratings >= self.rules.rating_threshold
            self._n_below += int((keep & ~is_positive).sum())
            keep &= is_positive
        users.add(values.users, keep)
        items.add(values.items, keep)
        arrays = {"numbers": batch.rows, "times": values.times, "ratings": values.ratings, "weights": values.weights}
        for name, array in arrays.items():
            if array is not None:
                self._chunks.setdefault(name, []).append(array if keep.all() else array[keep])
        if values.parts is not None:
            self._chunks.setdefault("parts", []).append(values.parts.filter(pl.Series(keep)))

    def _values(self, frame: pl.DataFrame) -> _Values:
        users, items = encode(self._column(frame, columns.USER_ID)), encode(self._column(frame, columns.ITEM_ID))
        values = _Values(users, items, np.full(len(frame), GOOD, dtype=np.int8))
        _blame(values.fault, users.codes < 0, USER)
        _blame(values.fault, items.codes < 0, ITEM)
        if columns.TIMESTAMP in self.names:
            self._read_times(self._column(frame, columns.TIMESTAMP), values)
        if columns.RATING in self.names:
            self._read_ratings(self._column(frame, columns.RATING), values)
        if columns.WEIGHT in self.names:
            weights = _floats(self._column(frame, columns.WEIGHT), self.rules.decimal)
            _blame(values.fault, ~(np.isfinite(weights) & (weights >= 0)), BAD_WEIGHT)
            values.weights = weights
        if columns.PART in self.names:
            values.parts = self._column(frame, columns.PART).cast(pl.String).str.strip_chars()
        return values

    def _read_times(self, raw: pl.Series, values: _Values) -> None:
        times = self._times.read(raw if self.rules.time_format else with_points(raw, self.rules.decimal))
        _blame(values.fault, (times.is_null() & raw.is_not_null()).to_numpy(), BAD_TIME)
        values.times = times.fill_null(NO_TIME).to_numpy()
        if not self._times.is_position:
            _blame(values.fault, values.times > time.time() * 1000 + DAY_MS, FUTURE)

    def _read_ratings(self, raw: pl.Series, values: _Values) -> None:
        ratings = _floats(raw, self.rules.decimal)
        is_null = raw.is_null().to_numpy()
        _blame(values.fault, ~np.isfinite(ratings) & ~is_null, BAD_RATING)
        if self.rules.rating_threshold is not None:
            _blame(values.fault, is_null, NO_RATING)
        values.ratings = ratings

    def _column(self, frame: pl.DataFrame, name: str) -> pl.Series:
        column = frame[self.names[name]]
        require_plain(self.path, column.name, column.dtype)
        return column.cast(pl.String) if column.dtype in (pl.Categorical, pl.Enum) else column

    def _joined(self, name: str, dtype: type) -> NDArray:
        chunks = self._chunks.pop(name, [])
        return np.concatenate(chunks) if chunks else np.empty(0, dtype=dtype)

    def _joined_if(self, column: str, name: str, dtype: type) -> NDArray | None:
        return self._joined(name, dtype) if column in self.names else None


def _blame(fault: NDArray[np.int8], where: NDArray[np.bool_], reason: int) -> None:
    """The first reason found stays."""
    if where.any():
        fault[where & (fault == GOOD)] = reason


def _floats(raw: pl.Series, decimal: str) -> NDArray[np.float32]:
    """float32 [B]; NaN where there is no number."""
    text = with_points(raw, decimal)
    text = text.str.strip_chars() if text.dtype == pl.String else text
    return text.cast(pl.Float64, strict=False).cast(pl.Float32, strict=False).fill_null(np.nan).to_numpy()
