"""Columns of a table as one vector per row."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault


def matrix_of(table: pl.DataFrame, where: str = "") -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Vectors, float32 [N, D], and which rows have one, bool [N]; zero where a row has none.

    The columns hold a number each, or there is one that holds lists of numbers. A null, also one inside, is no vector;
    what is not finite stays.

    Args:
        where: the place that faults name; empty: the column.

    Raises:
        DataError: other columns, or lists of different lengths.
    """
    lists = [series for series in table.get_columns() if series.dtype.is_nested()]
    if lists and table.width > 1:
        names = ", ".join(table.columns)
        raise _fault(where, names, f"{table.width} columns with lists among them ({names}).", "Keep the one list.")
    if table.width == 0:
        raise _fault(where, "", "no column of vectors.", "Add a list, or a column per dimension.")
    return _of_lists(lists[0], where) if lists else _of_columns(table, where)


def _of_columns(table: pl.DataFrame, where: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    wrong = [name for name, dtype in table.schema.items() if not (dtype.is_numeric() or dtype == pl.Null)]
    if wrong:
        what = f"column '{wrong[0]}' holds {table.schema[wrong[0]]}, not numbers."
        raise _fault(where, ", ".join(wrong), what, "Keep columns of numbers, or one list of numbers.")
    present = ~table.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
    return np.where(present[:, None], table.fill_null(0).cast(pl.Float32).to_numpy(), np.float32(0.0)), present


def _of_lists(series: pl.Series, where: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    inner = series.dtype.inner if isinstance(series.dtype, (pl.List, pl.Array)) else None
    if inner is None or not (inner.is_numeric() or inner == pl.Null):
        what = f"column '{series.name}' holds {series.dtype}, not lists of numbers."
        raise _fault(where, series.name, what, "Name a column of vectors.")
    lists = series.cast(pl.List(pl.Float32))
    lengths = lists.list.len()
    present = (lists.is_not_null() & (lengths > 0) & ~lists.list.eval(pl.element().is_null()).list.any()).fill_null(
        False
    )
    found = lengths.filter(present)
    widths = found.value_counts(sort=True)
    if len(widths) > 1:
        usual, other = widths[series.name].to_list()[:2]
        row = int((lengths == other).arg_true()[0])
        what = f"row {row + 1} has {other} numbers, others have {usual}."
        raise _fault(where, series.name, what, "Vectors of one kind have one width.")
    vectors = np.zeros((len(lists), int(found[0]) if len(found) else 0), dtype=np.float32)
    mask = present.to_numpy()
    vectors[mask] = (
        lists.filter(present).explode().to_numpy().reshape(-1, vectors.shape[1]) if mask.any() else vectors[:0]
    )
    return vectors, mask


def _fault(where: str, column: str, what: str, mend: str) -> DataError:
    return DataError(Fault(where or f"column {column}", what, mend))
