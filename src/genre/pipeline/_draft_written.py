"""How numbers and times are written in a column of texts, and whether a source can read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from genre.pipeline import _draft_names as names
from genre.sources._time_reader import TimeReader, from_form

NUMBERS, TIMES = 0.98, 0.95
"""Shares of the values that must be numbers or times for the column to be one of them."""
FIRST_YEAR_S, LAST_YEAR_S = 473_385_600, 4_102_444_800
"""1985 and 2100 in seconds: numbers in between, or a thousand times that, may be times."""
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000, "nanoseconds": 1_000_000_000}
_FIRST_MS, _LAST_MS = -2_208_988_800_000, LAST_YEAR_S * 1000
"""1900 and 2100: a form that reads other years is not the one that was meant."""
MAX_LENGTH = 40
"""Characters of a time."""
_DAYS = (
    "%d.%m.%Y", "%d.%m.%y", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%m/%d/%y", "%d/%m/%y",
    "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%m %d, %Y", "%Y%m%d",
)  # fmt: skip
_CLOCKS = ("", "%H:%M", "%H:%M:%S", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p")
_WHOLE = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z")
_COMMA = r"^[+-]?\d+(,\d+)?$"


@dataclass(frozen=True, eq=False)
class Written:
    """What texts hold.

    Attributes:
        kind: number or time, empty for anything else.
        numbers: those that were found, Float64.
        unit: of times: a word of `UNITS`, or date.
        time_form: the strptime form of times that are no ISO text.
        decimal: the sign before fractions.
        doubt: why values that look like numbers or times are not read as such.
    """

    kind: Literal["", "number", "time"]
    numbers: pl.Series
    unit: str = ""
    time_form: str = ""
    decimal: str = "."
    doubt: str = ""


def written(name: str, text: pl.Series) -> Written:
    """What texts (at least one, without space around) hold.

    Args:
        name: of the column, which decides whether `3,5` is a rating or a list.
    """
    found = _numbers(text)
    if len(found) >= NUMBERS * len(text):
        return _of_numbers(found, ".")
    reader = TimeReader()
    times = reader.read(text)
    if not reader.is_position and len(times) - times.null_count() >= TIMES * len(text):
        return Written("time", found, "date")
    with_points = _numbers(text.str.replace(",", ".", literal=True))
    doubt = _doubtful_commas(name, text)
    if not doubt and _has_decimal_commas(name, text):
        return _of_numbers(with_points, ",")
    forms = list(_forms(text))
    if len(forms) == 1:
        return Written("time", found, "date", forms[0])
    if forms:
        shown = " and ".join(f"'{form}'" for form in forms)
        doubt = f"its times can be read as {shown}: write the right one as time_format in the source"
    return Written("", found, doubt=doubt)


def _of_numbers(numbers: pl.Series, decimal: str) -> Written:
    unit = _unit(numbers)
    return Written("time" if unit else "number", numbers, unit, decimal=decimal)


def _numbers(text: pl.Series) -> pl.Series:
    numbers = text.cast(pl.Float64, strict=False).drop_nulls()
    return numbers.filter(numbers.is_finite())


def _unit(numbers: pl.Series) -> str:
    """The unit in which numbers are times of 1985 to 2100, or nothing."""
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    for unit, factor in UNITS.items():
        if low >= FIRST_YEAR_S * factor and high <= LAST_YEAR_S * factor:
            return unit
    return ""


def _commas(text: pl.Series) -> pl.Series:
    """The numbers with a comma, if (nearly) all texts are numbers of at most one comma."""
    fitting = text.filter(text.str.contains(_COMMA))
    return fitting.filter(fitting.str.contains(",", literal=True) & (len(fitting) >= NUMBERS * len(text)))


def _doubtful_commas(name: str, text: pl.Series) -> str:
    """Why commas may stand before fractions or between thousands; empty if they cannot."""
    commas = _commas(text)
    if commas.is_empty() or not _is_amount(name) or not commas.str.contains(r"^[+-]?[1-9]\d{0,2},\d{3}$").all():
        return ""
    return "its commas may stand before fractions or between thousands: write points, or no commas"


def _has_decimal_commas(name: str, text: pl.Series) -> bool:
    """Whether commas stand before fractions, not between the values of lists."""
    commas = _commas(text)
    if commas.is_empty():
        return False
    return _is_amount(name) or len(commas) >= NUMBERS * len(text)


def _is_amount(name: str) -> bool:
    return any(bool(names.fit(name, role)) for role in ("rating", "weight", "tally"))  # type: ignore[arg-type]


def _forms(text: pl.Series) -> Iterator[str]:
    """The strptime forms that read (nearly) all texts; of those that read them alike the first one."""
    if not text.head(20).str.contains(r"\d\D+\d").all() or (text.str.len_chars() > MAX_LENGTH).any():
        return
    parts = ((day, clock) for day in _DAYS for clock in _CLOCKS)
    known: list[pl.Series] = []
    for form in (*(form for pair in parts for form in _joined(*pair)), *_WHOLE):
        if not _fits(text.head(20), form) or not _fits(text, form):
            continue
        times = from_form(text, form)
        if not any(times.equals(others) for others in known):
            known.append(times)
            yield form


def _joined(day: str, clock: str) -> tuple[str, ...]:
    return (f"{day} {clock}", f"{day}, {clock}", f"{day}T{clock}") if clock else (day,)


def _fits(text: pl.Series, form: str) -> bool:
    times = from_form(text, form)
    return float(times.is_between(_FIRST_MS, _LAST_MS).fill_null(False).mean() or 0.0) >= NUMBERS  # type: ignore[arg-type]
