"""Tables to files, in one step."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from genre.core.artifacts import replacing
from genre.core.places import cannot_write


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table as parquet, or as JSON lines where the name ends so.

    Raises:
        DataError: nothing can be written there.
    """
    with replacing(path) as temporary:
        try:
            if path.suffix == ".jsonl":
                table.write_ndjson(temporary)
            else:
                table.write_parquet(temporary)
        except pl.exceptions.PolarsError as error:
            raise cannot_write(path, OSError(str(error).partition("\n")[0])) from None
