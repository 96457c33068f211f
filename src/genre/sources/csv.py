"""Tables in separated text files (.csv, .tsv, .gz), read block by block in bounded memory."""

from __future__ import annotations

import codecs
from pathlib import Path

from pydantic import Field, field_validator

from genre.sources._csv_layout import Dialect
from genre.sources._csv_table import CsvTable
from genre.sources._inputs import TableWord
from genre.sources._tables import TableSource, TableSourceConfig

MOVIELENS = ("user_id", "item_id", "rating", "timestamp")


class CsvConfig(TableSourceConfig):
    """Which files, and how they are written."""

    separator: str = Field("", max_length=8, description="Between values, such as ',' or '::'; empty: told by line 1.")
    quote: str = Field('"', max_length=1, description="Around values that hold separators; empty: quotes mean nothing.")
    encoding: str = Field("utf-8", description="Of the text, such as utf-8, latin-1, gb18030.")
    headers: dict[TableWord, tuple[str, ...]] = Field(
        {}, description="Column names of the tables whose files have no header row."
    )
    null_values: tuple[str, ...] = Field((), description="Texts that stand for nothing, such as NULL or \\N.")

    @field_validator("encoding", mode="after")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(f"'{encoding}' is no known encoding. Use utf-8, latin-1, gb18030, ...") from None
        return encoding


class CsvSource(TableSource):
    """Values are text; numbers are recognised in item and user columns, lists where the recipe names a separator."""

    config: CsvConfig
    EXAMPLES = (
        {"interactions": "interactions.csv"},
        {"interactions": "ratings.dat", "separator": "::", "headers": {"interactions": MOVIELENS}},
    )

    def _open(self, word: TableWord, path: Path) -> CsvTable:
        config = self.config
        header = config.headers.get(word, ())
        return CsvTable(path, Dialect(config.separator, config.quote, config.encoding, header, config.null_values))
