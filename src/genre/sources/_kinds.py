"""Kinds of files: told by their names, opened by the reader of each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from genre.sources._raw import RawTable

FileKind = Literal["csv", "parquet", "jsonl"]
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
    from genre.sources._csv_table import CsvTable

    return CsvTable(path)
