"""The one column of ids that encoders of identity read."""

from __future__ import annotations

import polars as pl

from genre.core.errors import DataError, Fault


def ids_of(table: pl.DataFrame, encoder: str) -> pl.Series:
    """Its values as text.

    Raises:
        DataError: there are other columns beside it.
    """
    if table.width != 1:
        raise DataError(
            Fault(
                f"columns {', '.join(table.columns)}",
                f"{encoder} reads one column of ids, not {table.width}.",
                "Name the id column only, such as columns: [item_id].",
            )
        )
    return table.to_series().cast(pl.String).alias("id")
