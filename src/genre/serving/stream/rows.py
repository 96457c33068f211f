"""Rows of a file as events."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from genre.core.errors import DataError, Fault, near
from genre.serving.records import Event
from genre.sources._ids import bare_ids
from genre.sources._raw import Batch
from genre.sources._time_reader import TimeReader
from genre.sources._times import DAY_MS, TimeUnit

FIELDS: Mapping[str, tuple[str, ...]] = {
    "user_id": ("user_id",),
    "item_id": ("item_id",),
    "type": ("type", "event_type"),
    "at": ("at", "timestamp"),
    "value": ("value", "rating"),
    "event_id": ("event_id",),
    "recommendation_id": ("recommendation_id",),
}
"""What columns of a file are called, as in requests or as in tables that models are fitted on."""
NEEDED = ("user_id", "item_id", "at")


@dataclass(frozen=True)
class RowRules:
    """How rows are read.

    Attributes:
        columns: what a file calls a field of events, where it is none of the usual names.
        type: of events in files that have no such column.
        time_unit, time_format: as in the source of a recipe.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    type: str = "view"
    time_unit: TimeUnit = "auto"
    time_format: str = ""


class RowReader:
    """Turns batches of one file into events.

    Args:
        where: how errors call the file.
        names: columns of the file; None: not known yet, and a row that lacks one is no event.

    Raises:
        DataError: a column is missing, or a rule names none; with every fault.
    """

    def __init__(self, where: str, rules: RowRules, names: Sequence[str] | None = None) -> None:
        self._rules, self._times = rules, TimeReader(rules.time_unit, rules.time_format)
        self._usual = {**FIELDS, **{place: (name,) for place, name in rules.columns.items()}}
        faults = [
            Fault(f"--column {place}", "is no field of an event.", near(place, list(FIELDS)))
            for place in rules.columns
            if place not in FIELDS
        ]
        asked = () if names is None else dict.fromkeys((*NEEDED, *(set(rules.columns) & set(FIELDS))))
        for place in asked:
            if not set(self._usual[place]) & set(names or ()):
                mend = f"Name the one that it is: --column {place}=NAME. There are: {', '.join(names or ())}."
                faults.append(Fault(where, f"has no column '{self._usual[place][0]}'.", mend))
        if faults:
            raise DataError(faults)

    @property
    def columns(self) -> list[str]:
        """All that may be read of a file."""
        return [name for usual in self._usual.values() for name in usual]

    def read(self, batch: Batch) -> tuple[list[Event], list[int], dict[int, str]]:
        """Events, the place of each in the batch, and why a row is none, by place.

        An event without an event_id gets one that is made from what it says and the number of its row: the same file
        read again gives the same events, and two rows that say the same are two events.
        """
        frame, n = batch.frame, len(batch.rows)
        words = {name: self._words(frame, name) for name in ("user_id", "item_id", "type", "event_id")}
        words["recommendation_id"] = self._words(frame, "recommendation_id")
        moments, values = self._moments(frame), self._values(frame)
        events, places, reasons = [], [], {}
        for place in range(n):
            told = {name: column[place] for name, column in words.items()}
            reason = _missing(told) or moments[place][1] or values[place][1]
            if reason:
                reasons[place] = reason
                continue
            at, value = moments[place][0], values[place][0]
            id = told["event_id"] or _content_id(told, at, value, int(batch.rows[place]))
            kind = told["type"] or self._rules.type
            events.append(Event(id, told["user_id"], told["item_id"], kind, at, value, told["recommendation_id"]))
            places.append(place)
        return events, places, reasons

    def _column(self, frame: pl.DataFrame, place: str) -> pl.Series:
        found = next((name for name in self._usual[place] if name in frame.columns), None)
        return pl.Series([None] * len(frame), dtype=pl.String) if found is None else _plain(frame[found])

    def _words(self, frame: pl.DataFrame, place: str) -> list[Any]:
        return bare_ids(self._column(frame, place)).to_list()

    def _moments(self, frame: pl.DataFrame) -> list[tuple[float, str]]:
        """Seconds since 1970, or why there are none."""
        raw = self._column(frame, "at")
        latest = time.time() * 1000 + DAY_MS
        times = self._times.read(raw).to_list()
        if self._times.is_position:
            return [(0.0, "time is a place in an order, not a moment")] * len(times)
        return [
            (ms / 1000, "" if ms <= latest else "time lies in the future")
            if ms is not None
            else (0.0, "time is missing" if is_null else "time cannot be read")
            for ms, is_null in zip(times, raw.is_null().to_list(), strict=True)
        ]

    def _values(self, frame: pl.DataFrame) -> list[tuple[float | None, str]]:
        """Numbers, or why there are none."""
        raw = self._column(frame, "value")
        text = raw.str.strip_chars().replace("", None) if raw.dtype == pl.String else raw
        numbers = text.cast(pl.Float64, strict=False).to_list()
        return [
            (number, "")
            if number is not None and math.isfinite(number)
            else (None, "" if is_null else "value is not a finite number")
            for number, is_null in zip(numbers, text.is_null().to_list(), strict=True)
        ]


def _plain(column: pl.Series) -> pl.Series:
    """A column of single values; whatever else is there becomes text that is seen to be wrong."""
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        return pl.Series(column.name, [None] * len(column), dtype=pl.String)
    return column.cast(pl.String) if column.dtype in (pl.Categorical, pl.Enum, pl.Boolean) else column


def _missing(told: Mapping[str, Any]) -> str:
    return next((f"{word} id is missing" for word in ("user", "item") if told[f"{word}_id"] is None), "")


def _content_id(told: Mapping[str, Any], at: float, value: float | None, row: int) -> str:
    content = [told["user_id"], told["item_id"], told["type"], at, value, told["recommendation_id"], row]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:40]
