"""Tables as the sources would read them, for whoever looks at files before there is a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from genre.sources._raw import RawTable

FileKind = Literal["csv", "parquet", "jsonl", "recbole"]
ENDINGS: dict[str, FileKind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}


def file_kind(path: Path) -> FileKind | None:
    """What the ending of a file's name (that of gzip taken off) says it is, None where it says nothing.

    >>> file_kind(Path("items.jsonl.gz"))
    'jsonl'
    """
    ending = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()
    return ENDINGS.get(ending)


def open_table(path: Path, kind: FileKind) -> RawTable:
    """The table in a file, which is not touched before its columns or rows are asked for.

    Args:
        kind: the word of the source that reads such files.
    """
    if kind == "parquet":
        from genre.sources._parquet_table import ParquetTable

        return ParquetTable(path)
    if kind == "jsonl":
        from genre.sources._jsonl_table import JsonlTable

        return JsonlTable(path)
    if kind == "recbole":
        from genre.sources._atomic_table import AtomicTable

        return AtomicTable(path)
    from genre.sources._csv_table import CsvTable

    return CsvTable(path)


def frames(path: Path, kind: FileKind) -> Iterator[pl.DataFrame]:
    """All rows that can be taken apart, batch by batch; text files give texts.

    Raises:
        DataError: the file is missing, empty or broken.
    """
    for batch in open_table(path, kind).batches():
        yield batch.frame


def peek(path: Path, kind: FileKind, n_rows: int) -> tuple[pl.DataFrame, bool]:
    """The first rows, and whether these are all.

    Raises:
        DataError: the file is missing, empty or broken.
    """
    parts: list[pl.DataFrame] = []
    n_read = 0
    for frame in frames(path, kind):
        parts.append(frame)
        n_read += len(frame)
        if n_read > n_rows:
            break
    first = pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame()
    return first.head(n_rows), n_read <= n_rows
