"""Reads separated text block by block, every value as text, and keeps account of rows that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from genre.core.errors import DataError, Fault
from genre.sources._blocks import blocks
from genre.sources._csv_careful import parse_carefully
from genre.sources._csv_header import is_data, is_name
from genre.sources._csv_layout import Dialect, Layout, first_row, read_layout
from genre.sources._raw import Batch, BrokenRow, RawTable

HEAD_BYTES = 1 << 20
"""What is read of a file to tell names of columns from data."""


class CsvTable(RawTable):
    """A separated text file. The header is row 1; rows without any value are passed over."""

    def __init__(self, path: Path, dialect: Dialect | None = None) -> None:
        super().__init__(path)
        self._dialect = dialect or Dialect()

    @property
    def columns(self) -> list[str]:
        return self._layout.names

    @property
    def hint(self) -> str:
        names = self.columns
        if names[0].startswith("{"):
            return "Use the source jsonl for JSON lines."
        is_number = [name.lstrip("+-").replace(".", "", 1).isdigit() for name in names]
        return "If the file has no header row, name its columns in 'headers'." if any(is_number) else ""

    @property
    def first_row(self) -> list[str]:
        """The cells of row 1, names or not."""
        return first_row(self.path, self._start, self._dialect)[0]

    @property
    def doubt(self) -> str:
        if self._dialect.header:
            return ""
        names, start = self._layout.names, self._start
        body = start[self._layout.header_bytes : start.rfind(b"\n", 0, HEAD_BYTES) + 1]
        if not body.strip(b"\r\n"):
            return ""
        rows = _parse(body, self._layout, names, 2)[0].frame
        if not is_data(names, rows, sum(map(is_name, names))):
            return ""
        shown = ", ".join(names[:5]).replace(": ", ":")
        return f"the first row ({shown}) looks like data and is read as names of columns"

    def is_untyped(self, name: str) -> bool:
        return True

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Batch]:
        wanted = list(self.columns if names is None else names)
        next_row = 1 if self._dialect.header else 2
        skipped = self._layout.header_bytes
        for block in self._blocks():
            body, skipped = block[skipped:], 0
            if not body.strip(b"\r\n"):
                next_row += body.count(b"\n")
                continue
            batch, n_rows = _parse(body, self._layout, wanted, next_row)
            next_row += n_rows
            yield batch

    def _blocks(self) -> Iterator[bytes]:
        return blocks(self.path, self._dialect.encoding, self._dialect.quote.encode())

    @property
    def _start(self) -> bytes:
        start = next(self._blocks(), b"")
        if not start:
            raise DataError(Fault(str(self.path), "holds no rows.", "Write the table again."))
        return start

    @cached_property
    def _layout(self) -> Layout:
        return read_layout(self.path, self._start, self._dialect)


def _parse(body: bytes, layout: Layout, wanted: list[str], first_row: int) -> tuple[Batch, int]:
    """The wanted columns of a block, and how many rows of the file it stands for."""
    parsed = _arrow(body, layout, wanted) if _is_utf8(body) else None
    if parsed is None or any("\n" in row.text for row in parsed[1]):
        batch, n_rows = parse_carefully(body, layout, first_row)
        return replace(batch, frame=batch.frame.select(wanted)), n_rows
    frame, invalid = parsed
    n_rows = len(frame) + len(invalid)
    bad = np.array([row.number - 1 for row in invalid], dtype=np.int64)
    rows = first_row + np.delete(np.arange(n_rows), bad)
    broken = tuple(
        BrokenRow(first_row + row.number - 1, layout.outer(row.text), layout.misfit(row.actual_columns))
        for row in invalid
    )
    is_empty = _empty_rows(frame)
    if is_empty.any() and len(wanted) < len(layout.names):
        whole = _arrow(body, layout, layout.names)
        is_empty = is_empty if whole is None else _empty_rows(whole[0])
    if is_empty.any():
        frame, rows = frame.filter(~is_empty), rows[~is_empty.to_numpy()]
    return Batch(frame, rows, broken), n_rows


def _arrow(body: bytes, layout: Layout, wanted: list[str]) -> tuple[pl.DataFrame, list[Any]] | None:
    """The wanted columns as text, and the rows that do not fit; None where the block cannot be taken apart."""
    invalid: list[Any] = []

    def set_aside(row: Any) -> str:
        invalid.append(row)
        return "skip"

    if layout.delimiter != layout.separator:
        body = body.replace(layout.separator.encode(), layout.delimiter.encode())
    reading = arrow_csv.ReadOptions(column_names=layout.names, use_threads=False, block_size=len(body) + 1)
    parsing = arrow_csv.ParseOptions(
        delimiter=layout.delimiter,
        quote_char=layout.quote or False,
        newlines_in_values=bool(layout.quote),
        ignore_empty_lines=False,
        invalid_row_handler=set_aside,
    )
    converting = arrow_csv.ConvertOptions(
        column_types={name: pa.string() for name in layout.names},
        include_columns=wanted,
        null_values=["", *layout.null_values],
        strings_can_be_null=True,
    )
    try:
        table = arrow_csv.read_csv(pa.BufferReader(body), reading, parsing, converting)
    except pa.ArrowInvalid:
        return None
    return pl.DataFrame(pl.from_arrow(table)), invalid


def _empty_rows(frame: pl.DataFrame) -> pl.Series:
    """Which rows hold no value at all, as blank lines do: bool [B]."""
    return frame.select(pl.all_horizontal(pl.all().is_null()).alias("empty"))["empty"]


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
