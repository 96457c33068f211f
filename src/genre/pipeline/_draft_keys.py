"""Which columns say who and what: by their names, by the tables they point into, by how their values repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from genre.pipeline import _draft_names as names
from genre.pipeline._draft_columns import ColumnLook
from genre.pipeline._draft_tables import TableLook
from genre.sources._ids import plain_ids

POINTS = 0.5
"""Share of the values of a column that must occur among the keys of another table before it points there."""


@dataclass(frozen=True)
class Evidence:
    """How well a column fits a role, and why."""

    column: str
    score: float
    why: str


def reference(table: TableLook, column: str, target: TableLook, key: str) -> float:
    """The share of the distinct values of a column that are keys of another table.

    0 where so few keys are met that it looks like chance (ages among the ids of films).
    """
    values = plain_ids(table.frame[column]).drop_nulls().unique()
    keys = plain_ids(target.frame[key]).drop_nulls().unique()
    if values.is_empty() or keys.is_empty():
        return 0.0
    met = int(values.is_in(keys.implode()).sum())
    is_chance = met < 0.1 * len(keys) and met < 1000
    return 0.0 if is_chance else met / len(values)


def key_columns(table: TableLook) -> list[ColumnLook]:
    """Columns in which (nearly) every row has its own value, those with names of keys first."""
    keys = [column for column in table.columns if column.is_key and may_be_id(column)]
    return sorted(keys, key=lambda column: -_key_score(column))


def may_be_id(column: ColumnLook) -> bool:
    """Whether values could be ids: no lists, prose or fractions."""
    is_number = column.kind == "number" and column.is_whole
    is_named = names.is_id(column.name) or names.fit(column.name, "user") or names.fit(column.name, "item")
    return is_number or column.kind in ("code", "category") or (column.kind in ("text", "time") and bool(is_named))


def who_and_what(table: TableLook, others: Sequence[TableLook]) -> tuple[list[Evidence], list[Evidence]]:
    """Columns that may say who, and what was touched, the best first."""
    users: list[Evidence] = []
    items: list[Evidence] = []
    for column in table.columns:
        if not may_be_id(column):
            continue
        for role, found in (("user", users), ("item", items)):
            fit = names.fit(column.name, role)  # type: ignore[arg-type]
            if fit:
                found.append(Evidence(column.name, 3 * fit, "by its name"))
        target = _target(table, column, others)
        if target is not None:
            role = _role_of(target)
            (users if role == "user" else items).append(
                Evidence(column.name, 2.5, f"its values are keys of {target.path.name}")
            )
    return _merged(users), _merged(items)


def repeated_pair(table: TableLook) -> tuple[str, str] | None:
    """Two columns that look like who and what in a table whose names say nothing: the first two whose values repeat.

    The pairs they form must mostly be different ones, as those of interactions are.
    """
    if key_columns(table):
        return None
    usable = [c.name for c in table.columns if may_be_id(c) and c.repeats and c.kind != "time" and c.n_distinct > 5]
    for place, first in enumerate(usable):
        for second in usable[place + 1 :]:
            if table.frame.select(pl.struct(first, second).n_unique()).item() >= 0.5 * len(table.frame):
                return first, second
    return None


def _target(table: TableLook, column: ColumnLook, others: Sequence[TableLook]) -> TableLook | None:
    """The table whose keys a column holds; of several the one that tells most."""
    if column.is_key or not column.repeats:
        return None
    found = [
        other
        for other in others
        if other is not table
        and any(reference(table, column.name, other, key.name) >= POINTS for key in key_columns(other)[:2])
    ]
    return max(
        found, key=lambda other: sum(c.kind in ("text", "list", "category") for c in other.columns), default=None
    )


def _role_of(target: TableLook) -> str:
    """Whether a table of keys describes users or items."""
    key = key_columns(target)[0].name
    as_user = names.fit(key, "user") + names.file_fits(target.path.name, "users")
    as_item = names.fit(key, "item") + names.file_fits(target.path.name, "items")
    personal = {"age", "gender", "sex", "occupation", "birthday", "zip", "zipcode", "signup", "email"}
    as_user += sum(names.plain(column.name) in personal for column in target.columns)
    as_item += sum(
        bool(names.fit(column.name, "title")) or column.kind in ("text", "list") for column in target.columns
    )
    return "user" if as_user > as_item else "item"


def _merged(found: Sequence[Evidence]) -> list[Evidence]:
    best: dict[str, Evidence] = {}
    for entry in found:
        known = best.get(entry.column)
        joined = known and Evidence(entry.column, known.score + entry.score, f"{known.why} and {entry.why}")
        best[entry.column] = joined or entry
    return sorted(best.values(), key=lambda entry: -entry.score)


def _key_score(column: ColumnLook) -> float:
    named = max(names.fit(column.name, "item"), names.fit(column.name, "user"), 0.8 * names.is_id(column.name))
    return named + (0.1 if column.kind == "code" else 0.0)
