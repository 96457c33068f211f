"""Which table is which, and which of its columns say who, what, when and how much."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genre.core.errors import DataError, Fault
from genre.pipeline import _draft_names as names
from genre.pipeline._draft_columns import ColumnLook
from genre.pipeline._draft_keys import (
    POINTS,
    Evidence,
    key_columns,
    may_be_id,
    reference,
    repeated_pair,
    who_and_what,
)
from genre.pipeline._draft_parts import part_words
from genre.pipeline._draft_tables import TableLook

TIMED_SHARE, WEIGHED_SHARE = 0.9, 0.98
"""Shares of the rows that must have a time or weight; the others would be set aside."""
GUESS = "a guess by how its values repeat: please check"


@dataclass(frozen=True)
class Choice:
    """A column with a role, why it was chosen, and the columns that came next."""

    column: str
    why: str
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class InteractionRoles:
    """The table of interactions and its columns."""

    table: TableLook
    user: Choice
    item: Choice
    time: Choice | None = None
    rating: Choice | None = None
    weight: Choice | None = None
    part: Choice | None = None
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class SideTable:
    """A table that describes items or users, and the column that says whom a row describes.

    Attributes:
        covered: share of the sampled ids of the interactions that it describes.
    """

    table: TableLook
    key: str
    covered: float


def interactions_of(looks: Sequence[TableLook]) -> InteractionRoles:
    """The table that says who touched what.

    Raises:
        DataError: none of them does; says what was seen in each.
    """
    found = [(score, roles) for table in looks for score, roles in _readings(table, looks)]
    if not found:
        raise DataError(_nothing_found(looks))
    found.sort(key=lambda pair: -pair[0])
    best = found[0][1]
    rejected = dict.fromkeys(roles.table.path.name for _, roles in found[1:] if roles.table is not best.table)
    return InteractionRoles(
        best.table, best.user, best.item, best.time, best.rating, best.weight, best.part, tuple(rejected)
    )


def side_table(roles: InteractionRoles, looks: Sequence[TableLook], role: names.Role) -> SideTable | None:
    """Which of `looks` describes the items (role "item") or users ("user") of the interactions."""
    column = (roles.item if role == "item" else roles.user).column
    found: list[tuple[float, SideTable]] = []
    for table in looks:
        if table is roles.table:
            continue
        for key in key_columns(table):
            covered = reference(roles.table, column, table, key.name)
            is_named = _is_named(key, column, role)
            is_free = is_named or key.kind == "code" or bool(table.header)
            if (covered >= POINTS and is_free) or (is_named and covered > 0):
                telling = sum(c.kind in ("text", "list", "category") for c in table.columns if c.name != key.name)
                found.append((covered + is_named + 0.1 * telling, SideTable(table, key.name, covered)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _is_named(key: ColumnLook, column: str, role: names.Role) -> bool:
    """Whether the name of a key says that it is the one that a column of the interactions refers to."""
    bare = names.plain(key.name)
    return bare == names.plain(column) or names.fit(key.name, role) == 1.0 or bare in ("id", "key", "code", "index")


def _readings(table: TableLook, looks: Sequence[TableLook]) -> list[tuple[float, InteractionRoles]]:
    """The table read as interactions, with a score; nothing where it cannot be."""
    users, items = who_and_what(table, looks)
    if not users or not items:
        users, items = _completed(table, users, items)
    pairs = [(user, item) for user in users[:3] for item in items[:3] if user.column != item.column]
    pairs = [pair for pair in pairs if not _describes(table, pair)]
    if not pairs:
        return []
    user, item = max(pairs, key=lambda pair: pair[0].score + pair[1].score)
    roles = _with_columns(
        table, _choice(user, users, {item.column}), _choice(item, items, {user.column}), {user.column, item.column}
    )
    score = user.score + item.score + math.log10(len(table.frame) + 1) / 2
    score += (roles.time is not None) + 0.7 * (roles.rating is not None)
    score += names.file_fits(table.path.name, "interactions") - 0.5 * names.file_fits(table.path.name, "users")
    return [(score, roles)]


def _completed(table: TableLook, users: list[Evidence], items: list[Evidence]) -> tuple[list[Evidence], list[Evidence]]:
    """Both sides, where names and references gave one or none."""
    if not users and not items:
        pair = repeated_pair(table)
        if pair is None:
            return [], []
        return [Evidence(pair[0], 0.5, GUESS)], [Evidence(pair[1], 0.5, GUESS)]
    taken = {entry.column for entry in (*users, *items)}
    rest = [
        column
        for column in table.columns
        if column.name not in taken and may_be_id(column) and column.repeats and column.n_distinct > 5
    ]
    rest = [column for column in rest if not names.fit(column.name, "rating")]
    rest.sort(key=lambda column: (-names.is_id(column.name), -column.n_distinct))
    guessed = [Evidence(column.name, 0.5, GUESS) for column in rest]
    return users or guessed, items or guessed


def _describes(table: TableLook, pair: tuple[Evidence, Evidence]) -> bool:
    """Whether each row has its own user or item: then it describes them, and nothing repeats to learn from."""
    return len(table.frame) >= 20 and any(table.column(entry.column).is_key for entry in pair)


def _with_columns(table: TableLook, user: Choice, item: Choice, taken: set[str]) -> InteractionRoles:
    part = _named(table, "part", taken, lambda column: _is_part(table, column))
    time = _named(table, "time", taken, _is_when)
    if time is None:
        time = _first_time(table, taken)
    rating = _named(table, "rating", taken, lambda column: column.kind == "number")
    if rating is None and table.header:
        rating = _first_rating(table, taken)
    weight = _named(table, "weight", taken, _is_amount)
    return InteractionRoles(table, user, item, time, rating, weight, part)


def _named(table: TableLook, role: names.Role, taken: set[str], fits: Callable[[ColumnLook], bool]) -> Choice | None:
    found = [
        Evidence(column.name, names.fit(column.name, role), "by its name and values")
        for column in table.columns
        if column.name not in taken and fits(column) and names.fit(column.name, role)
    ]
    found.sort(key=lambda entry: (-entry.score, table.column(entry.column).kind == "text"))
    return _choice(found[0], found, taken) if found else None


def _first_time(table: TableLook, taken: set[str]) -> Choice | None:
    """A column of times whose name says nothing."""
    found = [
        Evidence(column.name, 0.5, "its values are times")
        for column in table.columns
        if column.kind == "time" and _is_when(column) and column.name not in taken and not names.is_id(column.name)
    ]
    return _choice(found[0], found, taken) if found else None


def _first_rating(table: TableLook, taken: set[str]) -> Choice | None:
    """A column without a name whose few values look like ratings."""
    for column in table.columns:
        is_scale = column.kind == "number" and column.low >= 0 and column.high <= 10 and 2 < column.n_distinct <= 21
        if is_scale and column.name not in taken:
            return Choice(column.name, "its few values, like those of ratings")
    return None


def _choice(chosen: Evidence, found: Sequence[Evidence], taken: set[str]) -> Choice:
    rest = [entry.column for entry in found if entry.column != chosen.column and entry.column not in taken]
    return Choice(chosen.column, chosen.why, tuple(rest[:3]))


def _is_part(table: TableLook, column: ColumnLook) -> bool:
    return column.kind in ("category", "code") and part_words(table.frame[column.name]) is not None


def _is_when(column: ColumnLook) -> bool:
    """Times, or places in an order, of (nearly) all rows: rows without one are set aside."""
    is_told = column.kind == "time" or (column.kind == "number" and column.is_whole)
    return is_told and column.known_share >= TIMED_SHARE


def _is_amount(column: ColumnLook) -> bool:
    """Numbers of at least 0 in (nearly) all rows, not one and the same: rows without one are set aside."""
    is_told = column.kind == "number" and column.n_distinct > 1 and column.low >= 0
    return is_told and column.known_share >= WEIGHED_SHARE


def _nothing_found(looks: Sequence[TableLook]) -> list[Fault]:
    faults = [
        Fault(
            "interactions",
            "none of the tables says who touched what.",
            "Needed is one table with a column of user ids and one of item ids, one row per click, purchase or rating; "
            "call them user_id and item_id.",
        )
    ]
    for table in looks:
        seen = ", ".join(f"{column.name} ({column.kind})" for column in table.columns[:12])
        users, items = who_and_what(table, looks)
        lacks = "user ids" if not users else "item ids"
        if users and items:
            lacks = "user or item ids that come again in other rows"
        faults.append(Fault(str(table.path), f"has {table.size} with {seen}.", f"It lacks a column of {lacks}."))
    return faults
