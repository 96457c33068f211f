"""Batches of one table as one frame, also where a column has lists in one batch and texts in another."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl


def joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All rows under all columns; where batches disagree whether a column is nested, its values become JSON text.

    >>> joined([pl.DataFrame({"tags": [["a", "b"]]}), pl.DataFrame({"tags": ["c"]})])["tags"].to_list()
    ['["a", "b"]', 'c']
    """
    shapes: dict[str, set[str]] = {}
    for frame in frames:
        for column in frame:
            if column.null_count() < len(column):
                shapes.setdefault(column.name, set()).add(_shape(column.dtype))
    mixed = {name for name, found in shapes.items() if len(found) > 1}
    return pl.concat([_settled(frame, mixed) for frame in frames], how="diagonal_relaxed")


def _settled(frame: pl.DataFrame, mixed: set[str]) -> pl.DataFrame:
    """Columns without a value take any type; nested ones in `mixed` become text."""
    changed = []
    for column in frame:
        if column.null_count() == len(column):
            changed.append(pl.Series(column.name, [None] * len(column), pl.Null))
        elif column.name in mixed and column.dtype.is_nested():
            changed.append(pl.Series(column.name, list(map(_json, column.to_list())), pl.String))
    return frame.with_columns(changed)


def _shape(dtype: pl.DataType) -> str:
    """How a type is nested, whatever is inside."""
    if isinstance(dtype, (pl.List, pl.Array)):
        return f"list {_shape(dtype.inner)}"  # type: ignore[arg-type]
    return "struct" if isinstance(dtype, pl.Struct) else ""


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
