"""Drafts for RecBole's atomic files: their endings say which table is which, their headers what columns hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from genre.config.recipe import SOURCES
from genre.core.errors import DataError, Fault
from genre.pipeline import _draft_names as names
from genre.pipeline._draft_columns import ColumnLook
from genre.pipeline._draft_graph import GraphRoles, LinkRoles
from genre.pipeline._draft_keys import key_columns
from genre.pipeline._draft_reviews import reviews_of
from genre.pipeline._draft_roles import SideTable, interactions_of, side_table
from genre.pipeline._draft_source import Tables
from genre.pipeline._draft_tables import TableLook, look_at_batches

SEQUENCES = ("token_seq", "float_seq")


def atomic_file(paths: Sequence[Path]) -> Path | None:
    """The folder or file of atomic files among `paths`, or None.

    Raises:
        DataError: there are several.
    """
    found = [path for path in paths if path.suffix == ".inter" or (path.is_dir() and any(path.glob("*.inter")))]
    if len(found) > 1:
        shown = ", ".join(str(path) for path in found)
        raise DataError(Fault("tables", f"{shown} are several sets of atomic files.", "Name one of them."))
    return found[0] if found else None


def recbole_tables(path: Path) -> tuple[Tables, list[TableLook]]:
    """Roles of the tables beside or in `path`.

    Raises:
        DataError: a file or header is broken, or the interactions lack users or items.
    """
    inputs = SOURCES.build({"type": "recbole", "path": str(path)}).inputs()
    looks: dict[str, TableLook] = {
        word: _look(given.table, inputs.rules.lists) for word, given in inputs.tables.items()
    }
    roles = interactions_of([looks["interactions"]])
    items = _side(looks, "items", roles)
    users = _side(looks, "users", roles)
    graph = looks.get("graph")
    links = looks.get("links")
    reviews = reviews_of(roles, [looks["reviews"]]) if "reviews" in looks else None
    described = () if items is None else items.table.columns
    texts = [column.name for column in described if column.kind == "text" and column.name in inputs.rules.lists]
    tables = Tables(
        "recbole",
        roles,
        items,
        users,
        None if graph is None else GraphRoles(graph, *graph.frame.columns[:3]),
        None if links is None else LinkRoles(links, *links.frame.columns[:2]),
        reviews=reviews,
        path=str(path),
        options={"texts": texts} if texts else {},
    )
    return tables, list(looks.values())


def _look(table: Any, lists: Mapping[str, str]) -> TableLook:
    """A look at one table; sequences are lists, unless their values hardly repeat: then they are running text."""
    look = look_at_batches(table.path, "recbole", table.batches())
    return replace(
        look, columns=tuple(_sequence(c, look.frame[c.name]) if c.name in lists else c for c in look.columns)
    )


def _sequence(column: ColumnLook, values: pl.Series) -> ColumnLook:
    pieces = values.drop_nulls().cast(pl.String).str.split(" ").explode()
    n_distinct = pieces.n_unique()
    is_text = bool(names.fit(column.name, "title")) or n_distinct > max(1000, 0.1 * len(pieces))
    if column.kind == "empty":
        return column
    kind = "text" if is_text else "list"
    return replace(column, kind=kind, n_distinct=column.n_distinct if is_text else n_distinct)  # type: ignore[arg-type]


def _side(looks: Mapping[str, TableLook], word: str, roles: Any) -> SideTable | None:
    """The table of an ending, by the column that the interactions point into."""
    if word not in looks:
        return None
    role = "item" if word == "items" else "user"
    found = side_table(roles, [looks[word]], role)  # type: ignore[arg-type]
    if found is None:
        keys = key_columns(looks[word]) or list(looks[word].columns)
        found = SideTable(looks[word], keys[0].name, 0.0)
    return found
