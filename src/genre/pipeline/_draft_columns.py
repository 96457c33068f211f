"""What a column holds, told by its values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from genre.pipeline._draft_written import written

Kind = Literal["empty", "time", "number", "list", "category", "text", "code", "other"]
LOOKED_AT = 20_000
"""Values that are parsed and cut; counts of distinct values use the whole sample."""
SEPARATORS = ("|", ";", ",")
HAN = r"[\u3400-\u9fff]"
FEW_VALUES, NAMES_SHARE = 50, 0.5
"""Of more values than this in Chinese lists, names are those of which more than this share are different."""


@dataclass(frozen=True)
class ColumnLook:
    """What was seen of one column.

    Attributes:
        n_known: values that are neither null nor blank.
        example: the first of them, shortened.
        separator: between the values of a list written as text.
        unit: of a time: seconds, milliseconds, microseconds, nanoseconds or date.
        is_whole: a number without fractions.
        mean_length: characters per value.
        is_chinese: a text with Chinese characters in at least one value of ten.
        low, middle, high: smallest, middle and largest number.
        time_form: the strptime form of times that are no ISO text.
        decimal: the sign before the fractions of numbers.
        n_numbers: finite numbers among the values that were looked at, of which there are `n_looked`.
        doubt: why values that look like numbers or times are not read as such.
    """

    name: str
    kind: Kind
    n_rows: int
    n_known: int = 0
    n_distinct: int = 0
    example: str = ""
    separator: str = ""
    unit: str = ""
    is_whole: bool = False
    mean_length: float = 0.0
    is_chinese: bool = False
    low: float = 0.0
    middle: float = 0.0
    high: float = 0.0
    time_form: str = ""
    decimal: str = "."
    n_numbers: int = 0
    n_looked: int = 0
    doubt: str = ""

    @property
    def skew(self) -> float:
        """How many times its middle the largest number is."""
        return self.high / self.middle if self.middle > 0 else 1.0

    @property
    def known_share(self) -> float:
        """How many of the rows have a value."""
        return self.n_known / self.n_rows if self.n_rows else 0.0

    @property
    def is_key(self) -> bool:
        """Whether (nearly) every row has its own value."""
        return self.n_rows > 0 and self.n_distinct >= 0.95 * self.n_rows

    @property
    def repeats(self) -> bool:
        """Whether values come again, as those of a reference to another table do."""
        return 1 < self.n_distinct < 0.9 * self.n_known


def look(series: pl.Series) -> ColumnLook:
    """What one column (its values as text or typed) holds."""
    name, n_rows = series.name, len(series)
    if series.dtype.is_nested():
        return _look_at_nested(series)
    known = series.drop_nulls()
    text = known.cast(pl.String).str.strip_chars()
    text = text.filter(text != "")
    if text.is_empty():
        return ColumnLook(name, "empty", n_rows)
    n_distinct, head = text.n_unique(), text.head(LOOKED_AT)
    example = _shortened(text[0])
    base = ColumnLook(name, "code", n_rows, len(text), n_distinct, example, mean_length=_mean(head.str.len_chars()))
    if series.dtype.is_temporal():
        return replace(base, kind="time", unit="date")
    found = written(name, head)
    numbers = found.numbers
    base = replace(base, n_numbers=len(numbers), n_looked=len(head), doubt=found.doubt)
    if found.kind:
        base = replace(base, kind=found.kind, unit=found.unit, time_form=found.time_form, decimal=found.decimal)
        return base if found.unit == "date" else _with_range(base, numbers)
    separator = list_separator(head)
    if separator:
        n_values = head.str.split(separator).explode().str.strip_chars().n_unique()
        chinese = _is_chinese(head)
        return replace(base, kind="list", separator=separator, n_distinct=n_values, is_chinese=chinese)
    return _look_at_text(base, head)


def _with_range(base: ColumnLook, numbers: pl.Series) -> ColumnLook:
    low, middle, high = np.quantile(numbers.to_numpy(), (0.0, 0.5, 1.0)).tolist()
    return replace(base, is_whole=bool((numbers == numbers.floor()).all()), low=low, middle=middle, high=high)


def list_separator(text: pl.Series) -> str:
    """The sign between the values of lists written as text, or nothing.

    Values of lists are short and come again from row to row; pieces of sentences do not.
    """
    for separator in SEPARATORS:
        share = float(text.str.contains(separator, literal=True).mean() or 0.0)  # type: ignore[arg-type]
        if share < 0.1:
            continue
        pieces = text.str.split(separator).explode().str.strip_chars()
        pieces = pieces.filter(pieces != "")
        if len(pieces) and pieces.n_unique() <= 0.3 * len(pieces) and _mean(pieces.str.len_chars()) <= 25:
            return separator
    return ""


def _look_at_nested(series: pl.Series) -> ColumnLook:
    if not isinstance(series.dtype, (pl.List, pl.Array)) or series.dtype.inner.is_nested():  # type: ignore[union-attr]
        return ColumnLook(series.name, "other", len(series))
    values = series.drop_nulls().explode().cast(pl.String).drop_nulls()
    if values.is_empty():
        return ColumnLook(series.name, "empty", len(series))
    known = len(series) - series.null_count()
    look = ColumnLook(series.name, "list", len(series), known, values.n_unique(), _shortened(values[0]))
    look = replace(look, is_chinese=_is_chinese(values.head(LOOKED_AT)))
    if look.is_chinese and len(values) >= FEW_VALUES and look.n_distinct > NAMES_SHARE * len(values):
        return replace(look, kind="text", mean_length=_mean(values.str.len_chars()))
    return look


def _look_at_text(base: ColumnLook, head: pl.Series) -> ColumnLook:
    """Prose, one of few values, or codes."""
    is_address = float(head.str.contains(r"^(https?://|www\.)|\.(jpe?g|png|gif|webp|mp3|mp4|wav)$").mean() or 0.0)  # type: ignore[arg-type]
    if is_address >= 0.5:
        return base
    chinese = _is_chinese(head)
    n_distinct = base.n_distinct
    is_few = n_distinct <= 20 or (n_distinct <= 1000 and n_distinct <= 0.2 * base.n_known)
    if is_few and base.mean_length <= 40 and base.n_known > n_distinct:
        return replace(base, kind="category", is_chinese=chinese)
    words = _mean(head.str.count_matches(r"\S+"))
    if words >= 1.5 or (chinese and base.mean_length >= 2):
        return replace(base, kind="text", is_chinese=chinese)
    return base


def _is_chinese(text: pl.Series) -> bool:
    return float(text.str.contains(HAN).mean() or 0.0) >= 0.1  # type: ignore[arg-type]


def _mean(series: pl.Series) -> float:
    return float(series.mean() or 0.0)  # type: ignore[arg-type]


def _shortened(text: str) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= 40 else line[:39] + "…"
