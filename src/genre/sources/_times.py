"""Points in time as milliseconds since 1970 UTC, whatever the file calls them."""

from __future__ import annotations

from typing import Literal

import polars as pl

TimeUnit = Literal["auto", "s", "ms", "us", "iso"]
Unit = Literal["s", "ms", "us", "ns", "iso", "position"]

DAY_MS = 86_400_000
POSITION_LIMIT = 10**8
"""Numbers below are places in an order, not points in time (as seconds they would lie before March 1973)."""
_UNIT_LIMITS: tuple[tuple[Unit, int], ...] = (
    ("position", POSITION_LIMIT),
    ("s", 10**11),
    ("ms", 10**14),
    ("us", 10**17),
)
_PER_MS: dict[str, tuple[int, int]] = {
    "s": (1000, 1),
    "ms": (1, 1),
    "position": (1, 1),
    "us": (1, 1000),
    "ns": (1, 1_000_000),
}
_ISO_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d", "%Y/%m/%d %H:%M:%S%.f", "%Y/%m/%d")
_ISO_ZONED = ("%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M%z")
_LIMIT_MS = 10**15


def detect_unit(values: pl.Series) -> Unit | None:
    """What the times are written in, judged by most of those that can be read; None when there are none.

    Numbers are told apart by size: seconds, milliseconds and microseconds from 1973 to 5138 do not overlap.
    """
    known = values.drop_nulls()
    if not len(known):
        return None
    if known.dtype.is_temporal():
        return "iso"
    numbers = _number(known).drop_nulls()
    is_text = len(numbers) * 2 < len(known) and known.dtype == pl.String
    if is_text and len(numbers) <= len(_from_text(known).drop_nulls()):
        return "iso"
    median = numbers.abs().median()
    size = float(median) if isinstance(median, (int, float)) else 0.0
    return next((unit for unit, limit in _UNIT_LIMITS if size < limit), "ns")


def to_ms(values: pl.Series, unit: Unit) -> pl.Series:
    """Int64 [B] milliseconds; null where a value cannot be read or lies outside +-30,000 years."""
    if values.dtype.is_temporal():
        if values.dtype in (pl.Time, pl.Duration):
            return pl.Series(values.name, [None] * len(values), dtype=pl.Int64)
        times = values.cast(pl.Datetime("ms")) if values.dtype == pl.Date else values
        result = times.dt.epoch("ms")
    elif unit == "iso":
        result = _from_text(values.cast(pl.String))
    else:
        result = _scaled(values, *_PER_MS[unit])
    return result.set(result.abs() > _LIMIT_MS, None)


def _number(values: pl.Series) -> pl.Series:
    """Float64, null where a value is no finite number."""
    text = values.str.strip_chars() if values.dtype == pl.String else values
    numbers = text.cast(pl.Float64, strict=False)
    return numbers.set(~numbers.is_finite(), None)


def _scaled(values: pl.Series, times: int, by: int) -> pl.Series:
    """values * times / by as Int64; whole numbers stay exact."""
    text = values.str.strip_chars() if values.dtype == pl.String else values
    if text.dtype.is_float() or (text.dtype == pl.String and text.cast(pl.Int64, strict=False).null_count()):
        floats = (_number(values) * times / by).floor()
        fractional = floats.set(floats.abs() > 10 * _LIMIT_MS, None).cast(pl.Int64, strict=False)
        if text.dtype.is_float():
            return fractional
        return _whole(text, times, by).fill_null(fractional)
    return _whole(text, times, by)


def _whole(text: pl.Series, times: int, by: int) -> pl.Series:
    whole = text.cast(pl.Int64, strict=False)
    return whole // by if times == 1 else whole.set(whole.abs() > _LIMIT_MS, None) * times


def _from_text(values: pl.Series) -> pl.Series:
    text = values.str.strip_chars().str.replace("T", " ", literal=True).str.replace(r"[Zz]$", "+00:00")
    text = text.set(~text.str.contains(r"^\d{4}"), None)
    text = text.str.replace(r" ([+-]\d\d:?\d\d)$", "$1").str.replace(r"(:\d\d(?:\.\d+)?[+-]\d\d)$", "${1}00")
    zoned = [text.str.to_datetime(form, strict=False, time_unit="ms", time_zone="UTC") for form in _ISO_ZONED]
    plain = [
        text.str.to_datetime(form, strict=False, time_unit="ms").dt.replace_time_zone("UTC") for form in _ISO_FORMATS
    ]
    merged = pl.select(pl.coalesce(*zoned, *plain))
    return merged.to_series().dt.epoch("ms")
