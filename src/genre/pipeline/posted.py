"""Rows that come with a question or an event, as the tables have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from genre.core.errors import Fault, RequestError, near
from genre.values import Catalog, columns

Posted = pl.DataFrame | Sequence[Mapping[str, Any]]
"""A row per item or user: columns of its table; what is left out is unknown."""


def user_schema(catalog: Catalog) -> Mapping[str, pl.DataType]:
    """Columns of the table of users with their types; the id alone where there is no table."""
    return {columns.USER_ID: pl.String()} if catalog.users is None else catalog.users.schema


def posted_table(posted: Posted, schema: Mapping[str, pl.DataType], where: str, word: str) -> pl.DataFrame:
    """The rows with columns and types of a table, null where nothing was said.

    Args:
        where: how the rows are called in the question.
        word: items or users.

    Raises:
        RequestError: an unknown column, or a value that is not of its column's type.
    """
    rows = posted.to_dicts() if isinstance(posted, pl.DataFrame) else list(posted)
    if not all(isinstance(row, Mapping) for row in rows):
        raise RequestError(Fault(where, "is no list of mappings.", "Write [{column: value}], one for each row."))
    strange = dict.fromkeys(name for row in rows for name in row if name not in schema)
    faults = [
        Fault(where, f"the table of {word} has no column '{name}'.", near(name, list(schema))) for name in strange
    ]
    if faults:
        raise RequestError(faults)
    return pl.DataFrame([_column(name, dtype, rows, where) for name, dtype in schema.items()])


def _column(name: str, dtype: pl.DataType, rows: Sequence[Mapping[str, Any]], where: str) -> pl.Series:
    values = [row.get(name) for row in rows]
    try:
        return pl.Series(name, values, dtype=dtype)
    except (TypeError, pl.exceptions.PolarsError):
        place = next((place for place, value in enumerate(values) if not _is_of(value, dtype)), 0)
        what = f"{values[place]!r:.80} is not of the column's type, {dtype}."
        raise RequestError(Fault(f"{where}.{place}.{name}", what, "Write values as the table has them.")) from None


def _is_of(value: Any, dtype: pl.DataType) -> bool:
    try:
        pl.Series([value], dtype=dtype)
    except (TypeError, pl.exceptions.PolarsError):
        return False
    return True
