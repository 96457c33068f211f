"""RecBole's atomic files: a folder with .inter and perhaps .item, .user, .kg and .link; .review as one more."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from genre.core.errors import DataError, Fault
from genre.sources._assemble import assemble
from genre.sources._atomic_table import FLOAT_SEQ, TOKEN_SEQ, AtomicTable
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
    named,
)
from genre.sources._time_reader import TimeForm
from genre.sources._times import TimeUnit
from genre.sources.base import Source, SourceConfig
from genre.values import Dataset, columns

ENDINGS: dict[TableWord, str] = {
    INTERACTIONS: ".inter",
    ITEMS: ".item",
    USERS: ".user",
    GRAPH: ".kg",
    LINKS: ".link",
    REVIEWS: ".review",
}
GRAPH_COLUMNS = {columns.HEAD: "head_id", columns.RELATION: "relation_id", columns.TAIL: "tail_id"}


class RecboleConfig(SourceConfig):
    """Where the files are, what their columns are called, and how values are read."""

    path: Path = Field(description="The folder of the files, or one of them.")
    columns: InteractionColumns = Field(
        default_factory=InteractionColumns, description="Our names of the interactions' columns and the file's."
    )
    item_columns: dict[str, str] = Field({}, description="Our names of item columns and the file's.")
    user_columns: dict[str, str] = Field({}, description="Our names of user columns and the file's.")
    review_columns: dict[str, str] = Field({}, description="Our names of the reviews' columns and the file's.")
    texts: tuple[str, ...] = Field(
        (), description="token_seq columns that are running text, such as titles, not lists."
    )
    list_separator: str = Field(" ", min_length=1, description="Between the values of a sequence.")
    rating_threshold: float | None = Field(
        None, allow_inf_nan=False, description="Interactions rated lower are left out; None: all count."
    )
    time_unit: TimeUnit = Field("auto", description="How times are written; auto: told from their size.")
    time_format: TimeForm = Field(
        "", description="Of the interactions' times, as for strptime, such as '%d.%m.%Y %H:%M'; instead of time_unit."
    )
    decimal: Decimal = Field(".", description="Before the fractions of numbers that are written as text: '.' or ','.")


class RecboleSource(Source):
    """Types come from the headers: float columns are numbers, token_seq and float_seq columns lists.

    Reference: Wayne Xin Zhao et al., RecBole: Towards a Unified, Comprehensive and Efficient Framework for
    Recommendation Algorithms, arXiv 2011.01731.
    """

    config: RecboleConfig
    EXAMPLES = ({"path": "ml-100k/ml-100k.inter"},)

    def read(self) -> Dataset:
        return assemble(self.inputs())

    def inputs(self) -> Inputs:
        """The tables and how they are to be read; headers are read for the types.

        Raises:
            DataError: there is no .inter file, or a header is not one of atomic files.
        """
        config = self.config
        names: dict[TableWord, tuple[dict[str, str], str]] = {
            INTERACTIONS: (config.columns.model_dump(exclude_none=True), "columns"),
            ITEMS: (config.item_columns, "item_columns"),
            USERS: (config.user_columns, "user_columns"),
            GRAPH: (GRAPH_COLUMNS, "header"),
            LINKS: ({}, "header"),
            REVIEWS: (config.review_columns, "review_columns"),
        }
        tables = {
            word: TableInput(AtomicTable(path), *names[word]) for word, path in _files(config.path.expanduser()).items()
        }
        lists = self._sequences(tables, TOKEN_SEQ, FLOAT_SEQ)
        numbers = tuple(self._sequences(tables, FLOAT_SEQ))
        rules = Rules(lists, config.rating_threshold, config.time_unit, numbers, config.time_format, config.decimal)
        return Inputs(tables, rules)

    def _sequences(self, tables: dict[TableWord, TableInput], *kinds: str) -> dict[str, str]:
        """Item and user columns of these kinds, with their separator."""
        names = []
        for word in (ITEMS, USERS):
            if word in tables and isinstance(table := tables[word].table, AtomicTable):
                ours = named(table.columns, tables[word].columns)
                names += [name for name, column in ours.items() if table.types[column] in kinds]
        return {name: self.config.list_separator for name in names if name not in self.config.texts}


def _files(path: Path) -> dict[TableWord, Path]:
    """The files of a folder, or those beside a given one, by table."""
    if not path.is_dir():
        stem = path.with_suffix("") if path.suffix in ENDINGS.values() else path
    else:
        found = sorted(path.glob("*.inter"))
        own = path / f"{path.resolve().name}.inter"
        if own not in found and len(found) != 1:
            what = "holds no .inter file." if not found else f"holds {len(found)} .inter files."
            raise DataError(Fault(str(path), what, "Name the .inter file that is meant."))
        stem = (own if own in found else found[0]).with_suffix("")
    files = {word: stem.with_name(stem.name + ending) for word, ending in ENDINGS.items()}
    return {word: file for word, file in files.items() if word == INTERACTIONS or file.is_file()}
