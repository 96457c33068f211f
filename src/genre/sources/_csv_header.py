"""Whether the first row of a text file holds names of columns or data."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from genre.sources._times import to_ms

_NAMES = (
    *("user", "item", "rating", "timestamp", "time", "date", "weight", "part"),
    *("title", "name", "genres", "category", "price", "head", "relation", "tail"),
)
_KEY = re.compile(r"(?i:(^|[\W_])(id|key|code)$)|[a-z]I[dD]$")


def is_name(cell: str) -> bool:
    """Whether a cell is a name that columns have.

    >>> is_name("movieId"), is_name("u17")
    (True, False)
    """
    return cell.strip().lower() in _NAMES or _KEY.search(cell.strip()) is not None


def is_data(cells: Sequence[str], rows: pl.DataFrame, n_names: int) -> bool:
    """Whether the cells of a first row are data: numbers or times, or values that come again below.

    Args:
        rows: some of the other rows, all columns in the order of `cells`.
        n_names: cells that are names of columns without doubt. Two of them make a header; beside one, numbers are
            names too (those of years, say).
    """
    if n_names >= 2:
        return False
    below = (rows.to_series(place).cast(pl.String).str.strip_chars() for place in range(len(cells)))
    if any((values == cell).any() for cell, values in zip(cells, below, strict=True) if cell):
        return True
    return not n_names and any(_is_value(cell) for cell in cells)


def _is_value(cell: str) -> bool:
    text = pl.Series([cell])
    return text.cast(pl.Float64, strict=False).null_count() == 0 or to_ms(text, "iso").null_count() == 0
