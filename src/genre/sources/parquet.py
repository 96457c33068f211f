"""Tables in parquet files, with their types and list columns."""

from __future__ import annotations

from pathlib import Path

from genre.sources._inputs import TableWord
from genre.sources._parquet_table import ParquetTable
from genre.sources._tables import TableSource, TableSourceConfig


class ParquetConfig(TableSourceConfig):
    """Which parquet files."""


class ParquetSource(TableSource):
    """Reads interactions batch by batch; numbers, texts, lists and times keep their types."""

    config: ParquetConfig
    EXAMPLES = ({"interactions": "interactions.parquet"},)

    def _open(self, word: TableWord, path: Path) -> ParquetTable:
        return ParquetTable(path)
