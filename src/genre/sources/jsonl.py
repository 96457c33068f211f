"""Tables in JSON lines files (.jsonl, .gz), one object per line."""

from __future__ import annotations

from pathlib import Path

from genre.sources._inputs import TableWord
from genre.sources._jsonl_table import JsonlTable
from genre.sources._tables import TableSource, TableSourceConfig


class JsonlConfig(TableSourceConfig):
    """Which JSON lines files."""


class JsonlSource(TableSource):
    """Keys are columns; lists stay lists, objects inside objects become JSON text."""

    config: JsonlConfig
    EXAMPLES = ({"interactions": "interactions.jsonl"},)

    def _open(self, word: TableWord, path: Path) -> JsonlTable:
        return JsonlTable(path)
