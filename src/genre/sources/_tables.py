"""What sources of tables in files have in common: fields of the recipe and the way to a Dataset."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from pydantic import Field

from genre.sources._assemble import assemble
from genre.sources._inputs import (
    GRAPH,
    INTERACTIONS,
    ITEMS,
    LINKS,
    REVIEWS,
    USERS,
    Decimal,
    Inputs,
    InteractionColumns,
    Rules,
    TableInput,
    TableWord,
)
from genre.sources._kinds import file_kind, open_table
from genre.sources._raw import RawTable
from genre.sources._time_reader import TimeForm
from genre.sources._times import TimeUnit
from genre.sources.base import Source, SourceConfig
from genre.values import Dataset

COLUMN_FIELDS: dict[TableWord, str] = {
    INTERACTIONS: "columns",
    ITEMS: "item_columns",
    USERS: "user_columns",
    GRAPH: "graph_columns",
    LINKS: "link_columns",
    REVIEWS: "review_columns",
}


class TableSourceConfig(SourceConfig):
    """Files, what their columns are called, and how values are read.

    Relative paths count from the current folder, and where nothing is there, from that of the recipe. Tables other
    than the interactions may be of another kind, told by the ending of their name: .csv, .tsv, .parquet, .jsonl.
    """

    interactions: Path = Field(description="Who touched what: one row per interaction.")
    items: Path | None = Field(None, description="One row per item: item_id and any columns.")
    users: Path | None = Field(None, description="One row per user: user_id and any columns.")
    graph: Path | None = Field(None, description="Knowledge graph: head, relation, tail.")
    links: Path | None = Field(None, description="Which item is which entity of the graph: item_id, entity_id.")
    reviews: Path | None = Field(
        None, description="What users wrote about items: user_id, item_id, columns of text, perhaps timestamp, rating."
    )
    columns: InteractionColumns = Field(
        default_factory=InteractionColumns, description="Our names of the interactions' columns and the file's."
    )
    item_columns: dict[str, str] = Field({}, description="Our names of item columns and the file's.")
    user_columns: dict[str, str] = Field({}, description="Our names of user columns and the file's.")
    graph_columns: dict[str, str] = Field({}, description="Our names of the graph's columns and the file's.")
    link_columns: dict[str, str] = Field({}, description="Our names of the links' columns and the file's.")
    review_columns: dict[str, str] = Field({}, description="Our names of the reviews' columns and the file's.")
    lists: dict[str, str] = Field(
        {}, description="Item, user or review columns of several values, with their separator."
    )
    rating_threshold: float | None = Field(
        None, allow_inf_nan=False, description="Interactions rated lower are left out; None: all count."
    )
    time_unit: TimeUnit = Field("auto", description="How times are written; auto: told from their size.")
    time_format: TimeForm = Field(
        "", description="Of the interactions' times, as for strptime, such as '%d.%m.%Y %H:%M'; instead of time_unit."
    )
    decimal: Decimal = Field(".", description="Before the fractions of numbers that are written as text: '.' or ','.")


class TableSource(Source):
    """Tables in files; a subclass says how a file is opened."""

    config: TableSourceConfig

    def read(self) -> Dataset:
        return assemble(self.inputs())

    def inputs(self) -> Inputs:
        """The tables and how they are to be read, nothing opened yet."""
        config = self.config
        paths: dict[TableWord, Path | None] = {
            INTERACTIONS: config.interactions,
            ITEMS: config.items,
            USERS: config.users,
            GRAPH: config.graph,
            LINKS: config.links,
            REVIEWS: config.reviews,
        }
        tables = {
            word: TableInput(self._table(word, path.expanduser()), self._columns(word), COLUMN_FIELDS[word])
            for word, path in paths.items()
            if path is not None
        }
        rules = Rules(
            config.lists,
            config.rating_threshold,
            config.time_unit,
            time_format=config.time_format,
            decimal=config.decimal,
        )
        return Inputs(tables, rules)

    def _table(self, word: TableWord, path: Path) -> RawTable:
        """The table in a file; the interactions are of the source's own kind, others of the kind their ending says."""
        kind = file_kind(path)
        if word == INTERACTIONS or kind in (None, self.config.type_name()):
            return self._open(word, path)
        return open_table(path, kind)

    @abstractmethod
    def _open(self, word: TableWord, path: Path) -> RawTable:
        """The table in a file, which is not touched before its columns are asked for."""

    def _columns(self, word: TableWord) -> dict[str, str]:
        if word == INTERACTIONS:
            return self.config.columns.model_dump(exclude_none=True)
        columns: dict[str, str] = getattr(self.config, COLUMN_FIELDS[word])
        return columns
