"""Takes blocks apart that hold broken text or a quote that is never closed: slow, and loses only what is broken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from genre.sources._csv_layout import Layout
from genre.sources._raw import Batch, BrokenRow

OPEN_QUOTE = "a quote is opened and never closed"
NOT_UTF8 = "text is not valid UTF-8"


def parse_carefully(body: bytes, layout: Layout, first_row: int) -> tuple[Batch, int]:
    """All columns of the block as text, and how many rows of the file it stands for."""
    text = layout.inner(body.decode("utf-8", errors="surrogateescape"))
    records = _records(io.StringIO(text, newline=""), layout)
    if records is None or any(_is_swallowed(values, layout) for values in records):
        return _batch(_lines(text, layout), layout, first_row)
    return _batch(((values, _fault(values, layout)) for values in records), layout, first_row)


def _records(lines: Iterable[str], layout: Layout) -> list[list[str]] | None:
    """Rows of values; None where the text cannot be taken apart."""
    try:
        return list(csv.reader(lines, delimiter=layout.delimiter, **layout.quoting))
    except csv.Error:
        return None


def _is_swallowed(values: list[str], layout: Layout) -> bool:
    """Whether an open quote took other rows into this one."""
    return len(values) != len(layout.names) and any("\n" in value for value in values)


def _lines(text: str, layout: Layout) -> Iterator[tuple[list[str], str]]:
    """Each line by itself, with its fault."""
    for line in text.splitlines():
        records = _records([line], layout) if line else [[]]
        if layout.quote and line.count(layout.quote) % 2:
            yield [line], NOT_UTF8 if _legible(line) != line else OPEN_QUOTE
        elif not records:
            yield [line], "row cannot be taken apart"
        else:
            yield records[0], _fault(records[0], layout)


def _fault(values: list[str], layout: Layout) -> str:
    if any(_legible(value) != value for value in values):
        return NOT_UTF8
    return layout.misfit(len(values)) if values and len(values) != len(layout.names) else ""


def _legible(text: str) -> str:
    """The text with bytes that are not UTF-8 replaced."""
    return text if text.isascii() else text.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def _batch(records: Iterable[tuple[list[str], str]], layout: Layout, first_row: int) -> tuple[Batch, int]:
    kept, rows, broken, row = [], [], [], first_row - 1
    for row, (values, fault) in enumerate(records, first_row):
        if fault:
            broken.append(BrokenRow(row, _legible(layout.outer(layout.delimiter.join(values))), fault))
        elif any(values):
            kept.append([None if value in ("", *layout.null_values) else value for value in values])
            rows.append(row)
    frame = pl.DataFrame(kept, schema=dict.fromkeys(layout.names, pl.String), orient="row")
    return Batch(frame, np.array(rows, dtype=np.int64), tuple(broken)), row - first_row + 1
