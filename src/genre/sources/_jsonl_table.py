"""Reads JSON lines block by block and keeps account of lines that are no objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from genre.core.errors import DataError, Fault
from genre.sources._blocks import blocks
from genre.sources._csv_careful import NOT_UTF8
from genre.sources._raw import Batch, BrokenRow, RawTable

NO_OBJECT = "line is not a JSON object"


class JsonlTable(RawTable):
    """A file with one JSON object per line; the first line has number 1."""

    @cached_property
    def columns(self) -> list[str]:
        """The keys of all objects, in order of first appearance; this reads the file."""
        names: dict[str, None] = {}
        for body in self._blocks():
            names |= dict.fromkeys(parse(body, 1).frame.columns)
        if not names:
            raise DataError(Fault(str(self.path), "holds no JSON objects.", "Write one object per line."))
        return list(names)

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Batch]:
        wanted = list(self.columns if names is None else names)
        first_row = 1
        for body in self._blocks():
            batch = parse(body, first_row)
            lacking = [pl.lit(None, pl.String).alias(name) for name in wanted if name not in batch.frame.columns]
            yield Batch(batch.frame.with_columns(lacking).select(wanted), batch.rows, batch.broken)
            first_row += body.count(b"\n")

    def _blocks(self) -> Iterator[bytes]:
        return blocks(self.path, quote=b"")


def parse(body: bytes, first_row: int) -> Batch:
    """The objects in whole lines, which all end with a line break; the first line has this number."""
    n_lines = body.count(b"\n")
    try:
        frame = pl.read_ndjson(body, infer_schema_length=None)
    except pl.exceptions.PolarsError:
        return _parse_lines(body, first_row)
    if len(frame) != n_lines:
        return _parse_lines(body, first_row)
    return Batch(frame, np.arange(first_row, first_row + n_lines))


def _parse_lines(body: bytes, first_row: int) -> Batch:
    """Line by line: broken lines are told apart, mixed columns become text."""
    objects: list[dict[str, Any]] = []
    rows: list[int] = []
    broken: list[BrokenRow] = []
    for row, line in enumerate(body.split(b"\n")[:-1], first_row):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8"))
            fault = "" if isinstance(value, dict) else NO_OBJECT
        except UnicodeDecodeError:
            fault = NOT_UTF8
        except (ValueError, RecursionError):
            fault = NO_OBJECT
        if fault:
            broken.append(BrokenRow(row, line.decode("utf-8", errors="replace"), fault))
        else:
            objects.append(value)
            rows.append(row)
    names = dict.fromkeys(name for item in objects for name in item)
    frame = pl.DataFrame([_column(name, [item.get(name) for item in objects]) for name in names])
    return Batch(frame, np.array(rows, dtype=np.int64), tuple(broken))


def _column(name: str, values: list[Any]) -> pl.Series:
    """Numbers if all are, lists of texts if all are lists, else text; objects inside become JSON text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Int64 if kinds == {int} else pl.Float64, strict=False)
    if kinds == {list}:
        lists = [None if value is None else [_text(item) for item in value if item is not None] for value in values]
        return pl.Series(name, lists, dtype=pl.List(pl.String))
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
