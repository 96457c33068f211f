"""Reads a column of times batch by batch, in the unit or form that the recipe says or the first batch shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import polars as pl
from pydantic import AfterValidator

from genre.sources._times import DAY_MS, POSITION_LIMIT, TimeUnit, Unit, detect_unit, to_ms

_PROBE = datetime(2021, 11, 23, 14, 35, 46, tzinfo=UTC)
_MS_PER: dict[Unit, float] = {"s": 1000, "ms": 1, "position": 1, "us": 0.001, "ns": 0.000001}


class TimeReader:
    """Times as milliseconds.

    Attributes:
        unit: what the times are written in, None while nothing was seen.
        mixed: examples of the other kind where some are numbers and some are dates, None until there are any.
        n_mixed: how many of the other kind were read.
    """

    def __init__(self, unit: TimeUnit = "auto", form: str = "") -> None:
        self.unit: Unit | None = None if unit == "auto" else unit
        self.n_mixed = 0
        self.mixed: pl.Series | None = None
        self._form = form
        self._is_told = unit != "auto"
        self._other: Unit | None = None

    @property
    def is_position(self) -> bool:
        """Whether the numbers are places in an order."""
        return not self._form and self.unit == "position"

    def read(self, raw: pl.Series) -> pl.Series:
        """Int64 [B] milliseconds, null where there is no time or it cannot be read."""
        if self._form and not raw.dtype.is_temporal():
            return from_form(raw.cast(pl.String), self._form)
        if self.unit is None:
            self.unit = detect_unit(raw)
        times = to_ms(raw, self.unit or "position")
        return times if self._is_told or raw.dtype != pl.String else self._with_others(raw, times)

    def written(self, times: pl.Series) -> pl.Series:
        """Milliseconds as the file writes them: numbers in its unit, else text."""
        if self._form or self.unit == "iso":
            moments = times.cast(pl.Datetime("ms", "UTC"))
            return moments.dt.to_string(self._form or _shortest(times))
        per = _MS_PER[self.unit or "ms"]
        if per <= 1:
            return times * round(1 / per)
        return times // int(per) if not (times % int(per) != 0).any() else times / per

    def _with_others(self, raw: pl.Series, times: pl.Series) -> pl.Series:
        """Also dates among numbers and numbers among dates; never places in an order among times."""
        left = raw.set(times.is_not_null(), None)
        if self.unit in (None, "position") or left.null_count() == len(left):
            return times
        other: Unit | None = "iso"
        if self.unit == "iso":
            sizes = left.str.strip_chars().cast(pl.Float64, strict=False).abs()
            left = left.set((sizes.is_finite() & (sizes >= POSITION_LIMIT)).fill_null(False).not_(), None)
            self._other = other = self._other or detect_unit(left)
        if other is None:
            return times
        others = to_ms(left, other)
        if self.mixed is None and others.null_count() < len(others):
            self.mixed = raw.filter(others.is_not_null()).head(3)
        self.n_mixed += len(others) - others.null_count()
        return times.fill_null(others)


def from_form(text: pl.Series, form: str) -> pl.Series:
    """Int64 [B] milliseconds of times written in a strptime form; those without a zone are UTC."""
    zone = "UTC" if "%z" in form else None
    moments = text.str.strip_chars().str.to_datetime(form, strict=False, time_unit="ms", time_zone=zone)
    return moments.dt.epoch("ms")


def is_form(form: str) -> bool:
    """Whether a text is a strptime form that tells a day."""
    moment = pl.Series([_PROBE], dtype=pl.Datetime("ms", "UTC"))
    try:
        day = from_form(moment.dt.to_string(form), form) // DAY_MS
    except pl.exceptions.ComputeError:
        return False
    return bool((day == moment.dt.epoch("ms") // DAY_MS).all()) and not day.null_count()


def _known_form(form: str) -> str:
    if form and not is_form(form):
        what = f"'{form}' is no form of times that tell a day."
        raise ValueError(f"{what} Write it as for strptime, such as '%d.%m.%Y %H:%M'.")
    return form


TimeForm = Annotated[str, AfterValidator(_known_form)]
"""A strptime form, or nothing."""


def _shortest(times: pl.Series) -> str:
    """The ISO form with no more than the times need."""
    if not (times % DAY_MS != 0).any():
        return "%Y-%m-%d"
    return "%Y-%m-%dT%H:%M:%S%.3f" if (times % 1000 != 0).any() else "%Y-%m-%dT%H:%M:%S"
