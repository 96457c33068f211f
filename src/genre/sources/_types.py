"""Types of columns that came as text: lists, numbers, empty texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from genre.sources._ledger import Ledger
from genre.values import columns
from genre.values.dataset import N_EXAMPLES

MIXED_SHARE = 0.9
"""A text column of which more than this share are numbers was probably meant to be one of numbers."""


def flat_lists(word: str, frame: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Lists in lists as one list each, with a remark."""
    for name in frame.columns:
        flat = frame[name]
        while isinstance(flat.dtype, pl.List) and isinstance(flat.dtype.inner, (pl.List, pl.Array)):
            flat = flat.list.eval(pl.element().explode())
        if flat.dtype != frame.schema[name]:
            _remark(word, frame, name, flat.is_not_null(), "lists in lists, read as one list", ledger)
            frame = frame.with_columns(flat)
    return frame


def split_lists(frame: pl.DataFrame, lists: Mapping[str, str], numbers: Collection[str]) -> pl.DataFrame:
    """Texts of the named columns become lists; empty pieces are left out; lists stay as they are.

    Lists among `numbers` hold Float64, null where a piece is none.
    """
    pieces = [
        pl.col(name)
        .str.split(separator)
        .list.eval(pl.element().str.strip_chars().replace("", None).drop_nulls())
        .alias(name)
        for name, separator in lists.items()
        if name in frame.columns and frame.schema[name] == pl.String
    ]
    frame = frame.with_columns(pieces)
    floats = [pl.col(name).cast(pl.List(pl.Float64), strict=False) for name in lists if name in numbers]
    return frame.with_columns(floats)


def with_points(values: pl.Series, decimal: str) -> pl.Series:
    """Texts of numbers with a point before their fractions."""
    if decimal == "." or values.dtype != pl.String:
        return values
    return values.str.replace(decimal, ".", literal=True)


def numbers_with_points(frame: pl.DataFrame, names: Collection[str], decimal: str) -> pl.DataFrame:
    """The table with points in the named columns of text in which each value is a number or has none."""
    texts = [frame[name] for name in frame.columns if name in names and frame.schema[name] == pl.String]
    pattern = rf"^\s*([+-]?\d*({decimal}\d+)?)\s*$"
    return frame.with_columns(
        with_points(text, decimal) for text in texts if decimal != "." and text.drop_nulls().str.contains(pattern).all()
    )


def typed(
    word: str, frame: pl.DataFrame, untyped: Collection[str], numbers: Collection[str], ledger: Ledger
) -> pl.DataFrame:
    """The table with null for empty texts, and numbers where an untyped text column holds nothing else.

    Columns among `numbers` become numbers in any case, null where they hold text.

    Numbers with leading zeros (zip codes) stay text. What is empty or mixed is remarked.
    """
    settled = []
    for column in frame.drop(columns.ROW):
        text = _as_text(column)
        if text.dtype == pl.String:
            _remark_empty(word, frame, text, ledger)
            if text.name in numbers:
                text = _forced(word, frame, text, ledger)
            elif text.name in untyped:
                text = _as_numbers(word, frame, text, ledger)
        settled.append(text)
    return frame.with_columns(settled)


def _as_text(column: pl.Series) -> pl.Series:
    """Texts without the empty ones; nested values as JSON; lists and numbers as they are."""
    if column.dtype == pl.Struct:
        return column.struct.json_encode()
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    return column.set(column.str.strip_chars() == "", None) if column.dtype == pl.String else column


def _remark_empty(word: str, frame: pl.DataFrame, column: pl.Series, ledger: Ledger) -> None:
    empty = column.is_null()
    ledger.remark(word, f"{column.name}: no text", int(empty.sum()), frame.filter(empty).head(N_EXAMPLES))


def _as_numbers(word: str, frame: pl.DataFrame, column: pl.Series, ledger: Ledger) -> pl.Series:
    known = column.drop_nulls().str.strip_chars()
    dtype = _number_type(known)
    if dtype is not None:
        return column.str.strip_chars().cast(dtype)
    is_text = column.is_not_null() & column.str.strip_chars().cast(pl.Float64, strict=False).is_null()
    if is_text.sum() < (1 - MIXED_SHARE) * len(known):
        _remark(word, frame, column.name, is_text, "text among numbers; the column is read as text", ledger)
    return column


def _forced(word: str, frame: pl.DataFrame, column: pl.Series, ledger: Ledger) -> pl.Series:
    numbers = column.str.strip_chars().cast(pl.Float64, strict=False)
    numbers = numbers.set(~numbers.is_finite(), None)
    _remark(word, frame, column.name, column.is_not_null() & numbers.is_null(), "not a number, left empty", ledger)
    return numbers.cast(pl.Int64) if (numbers == numbers.floor()).all() else numbers


def _remark(word: str, frame: pl.DataFrame, name: str, which: pl.Series, what: str, ledger: Ledger) -> None:
    examples = frame.filter(which).select(columns.ROW, name).head(N_EXAMPLES)
    ledger.remark(word, f"{name}: {what}", int(which.sum()), examples)


def _number_type(known: pl.Series) -> type[pl.DataType] | None:
    """Int64 or Float64 where every text is such a number."""
    if not len(known) or known.str.contains(r"^[+-]?0\d").any():
        return None
    for dtype in (pl.Int64, pl.Float64):
        numbers = known.cast(dtype, strict=False)
        if not numbers.null_count() and (dtype == pl.Int64 or numbers.is_finite().all()):
            return dtype
    return None
