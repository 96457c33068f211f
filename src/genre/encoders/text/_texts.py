"""The columns of a feature as one text per row."""

from __future__ import annotations

import polars as pl

from genre.core.errors import DataError, Fault

COLUMN_SEPARATOR, LIST_SEPARATOR = ". ", ", "


def row_texts(table: pl.DataFrame) -> list[str]:
    """One text per row [N]: the values in column order joined by ". ", those of a list by ", "; "" where all are null.

    Blank values count as null.

    >>> row_texts(pl.DataFrame({"title": ["Heat", None], "genres": [["Action", "Crime"], []]}))
    ['Heat. Action, Crime', '']
    """
    if table.width == 0:
        return [""] * len(table)
    values = [_value(name, dtype) for name, dtype in table.schema.items()]
    filled = [pl.when(value != "").then(value) for value in values]
    try:
        joined = table.select(text=pl.concat_str(filled, separator=COLUMN_SEPARATOR, ignore_nulls=True).fill_null(""))
    except pl.exceptions.PolarsError as error:
        raise DataError(
            Fault(
                f"columns {', '.join(table.columns)}",
                f"cannot be read as text: {error}.",
                "Name columns that hold text.",
            )
        ) from None
    return joined["text"].to_list()


def _value(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Array):
        column = column.arr.to_list()
    if isinstance(dtype, (pl.List, pl.Array)):
        entries = column.list.eval(pl.element().cast(pl.String).str.strip_chars())
        return entries.list.eval(pl.element().filter(pl.element() != "")).list.join(LIST_SEPARATOR)
    return column.cast(pl.String).str.strip_chars()
