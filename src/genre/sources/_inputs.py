"""Which columns of which tables are read, checked before anything is read: all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from genre.core.errors import DataError, Fault, near
from genre.sources._raw import RawTable
from genre.sources._times import TimeUnit
from genre.values import columns as names

Decimal = Literal[".", ","]
TableWord = Literal["interactions", "items", "users", "graph", "links", "reviews"]
INTERACTIONS: Final = "interactions"
ITEMS: Final = "items"
USERS: Final = "users"
GRAPH: Final = "graph"
LINKS: Final = "links"
REVIEWS: Final = "reviews"
NEEDED: dict[TableWord, tuple[str, ...]] = {
    INTERACTIONS: (names.USER_ID, names.ITEM_ID),
    ITEMS: (names.ITEM_ID,),
    USERS: (names.USER_ID,),
    GRAPH: (names.HEAD, names.RELATION, names.TAIL),
    LINKS: (names.ITEM_ID, names.ENTITY_ID),
    REVIEWS: (names.USER_ID, names.ITEM_ID),
}
OPTIONAL = (names.RATING, names.TIMESTAMP, names.WEIGHT, names.PART)
UNREAD: Final = "none"
"""Stands for the name of a column that is not to be read though the table has it."""
BESIDE_TEXT = (names.USER_ID, names.ITEM_ID, names.RATING, names.TIMESTAMP)
"""Columns of the reviews that are no text."""


class InteractionColumns(BaseModel):
    """What the columns of the interactions are called in the file; `none`: not read though it is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_id: str = Field("user_id", min_length=1, description="Who.")
    item_id: str = Field("item_id", min_length=1, description="What was touched.")
    rating: str | None = Field(
        None, description="How it was rated; null: the column 'rating' if there is one, none: not read."
    )
    timestamp: str | None = Field(
        None, description="When; null: the column 'timestamp' if there is one, none: not read."
    )
    weight: str | None = Field(
        None, description="How much it counts; null: the column 'weight' if there is one, none: not read."
    )
    part: str | None = Field(
        None, description="train, valid or test; null: the column 'part' if there is one, none: not read."
    )


@dataclass(frozen=True)
class TableInput:
    """A table and what its columns are called: our name -> the file's name; other columns keep theirs.

    `where` is the recipe's field that names columns of this table, for the mend of faults.
    """

    table: RawTable
    columns: Mapping[str, str] = field(default_factory=dict)
    where: str = "columns"


@dataclass(frozen=True)
class Rules:
    """How values are read.

    Attributes:
        lists: column -> separator of the values in its texts.
        rating_threshold: interactions rated lower are left out.
        numbers: text columns that are meant to be numbers, also inside lists.
        time_format: the strptime form of the interactions' times, instead of a unit.
        decimal: the sign before the fractions of numbers that are written as text.
    """

    lists: Mapping[str, str] = field(default_factory=dict)
    rating_threshold: float | None = None
    time_unit: TimeUnit = "auto"
    numbers: tuple[str, ...] = ()
    time_format: str = ""
    decimal: Decimal = "."


@dataclass(frozen=True)
class Inputs:
    """The tables of a source by their word (interactions, items, users, graph, links, reviews)."""

    tables: Mapping[TableWord, TableInput]
    rules: Rules = field(default_factory=Rules)

    def columns_of(self, word: TableWord) -> dict[str, str]:
        """Our name -> the file's name for the columns of a table that we have names for and that it has."""
        given = self.tables[word]
        known = {name: given.columns.get(name, name) for name in (*NEEDED[word], *given.columns)}
        if word == INTERACTIONS:
            known |= {name: name for name in OPTIONAL if name not in known and name in given.table.columns}
            known = {name: column for name, column in known.items() if name not in OPTIONAL or column != UNREAD}
        return known

    def check(self) -> None:
        """Refuse tables that cannot be opened and columns that are not there.

        Raises:
            DataError: with all faults.
        """
        faults: list[Fault] = []
        for word, given in self.tables.items():
            try:
                there = given.table.columns
            except DataError as error:
                faults.extend(error.faults)
                continue
            faults.extend(self._missing(word, there))
            if word == REVIEWS and not text_columns(given):
                what = "holds no column beside ids, rating and timestamp: there is nothing to read."
                faults.append(Fault(str(given.table.path), what, "Name a table with what users wrote."))
        if not faults:
            faults.extend(self._unfit_rules())
        if faults:
            raise DataError(faults)

    def _missing(self, word: TableWord, there: list[str]) -> list[Fault]:
        given = self.tables[word]
        return [
            Fault(
                f"{given.table.path}, column '{column}'",
                f"is not in this table of {word}.",
                f"{near(column, there)} {given.table.hint or f'Name it in {given.where}: {{{name}: ...}}.'}",
            )
            for name, column in self.columns_of(word).items()
            if column not in there
        ]

    def _unfit_rules(self) -> list[Fault]:
        there = {
            name
            for word in (ITEMS, USERS, REVIEWS)
            if word in self.tables
            for name in named(self.tables[word].table.columns, self.tables[word].columns)
        }
        faults = [
            Fault(
                f"data.source.lists.{name}",
                "is not a column of the items, users or reviews.",
                near(name, sorted(there)),
            )
            for name in self.rules.lists
            if name not in there
        ]
        if self.rules.rating_threshold is not None and names.RATING not in self.columns_of(INTERACTIONS):
            what = "needs ratings, which the interactions lack."
            faults.append(Fault("data.source.rating_threshold", what, "Leave it out, or name the column of ratings."))
        return faults


def text_columns(given: TableInput) -> list[str]:
    """Our names of the columns of a table of reviews that hold what was written."""
    return [name for name in named(given.table.columns, given.columns) if name not in BESIDE_TEXT]


def named(there: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Our name -> the file's name for all columns of a table.

    A column keeps its name unless `columns` gives it another, or gives its name to another.
    """
    ours: dict[str, str] = {}
    for column in there:
        given = [name for name, chosen in columns.items() if chosen == column]
        ours |= dict.fromkeys(given or ([] if column in columns else [column]), column)
    return ours
