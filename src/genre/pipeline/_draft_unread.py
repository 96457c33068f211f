"""Columns of the interactions that a source would read by their names, and that the draft leaves out, with reasons."""

from __future__ import annotations

from collections.abc import Iterator

from genre.pipeline._draft_columns import ColumnLook
from genre.pipeline._draft_roles import InteractionRoles
from genre.sources._inputs import OPTIONAL
from genre.values import columns

_WANTED = {
    columns.RATING: "finite numbers",
    columns.TIMESTAMP: "times that can be read",
    columns.WEIGHT: "numbers of at least 0",
    columns.PART: "words for train, valid and test",
}


def unread(roles: InteractionRoles) -> Iterator[tuple[str, str]]:
    """Each optional column that is there under our name and has no such role, and why."""
    chosen = _chosen(roles)
    for name in OPTIONAL:
        if chosen[name] is None and name in roles.table.frame.columns:
            other = next((role for role, column in chosen.items() if column == name), None)
            yield name, f"it is the {other}" if other else _reason(name, roles.table.column(name))


def doubts(roles: InteractionRoles) -> Iterator[tuple[str, str]]:
    """Other columns that look like numbers or times and cannot be read without being told how."""
    chosen = set(_chosen(roles).values())
    for column in roles.table.columns:
        if column.doubt and column.name not in chosen and column.name not in OPTIONAL:
            yield column.name, column.doubt


def _reason(name: str, column: ColumnLook) -> str:
    if column.kind == "empty":
        return "it is empty"
    if column.doubt:
        return column.doubt
    if column.known_share < 1 and column.kind in ("time", "number") and name in (columns.TIMESTAMP, columns.WEIGHT):
        return f"{1 - column.known_share:.0%} of the rows have none, and would be set aside"
    if column.n_distinct == 1:
        return f"all of its values are {column.example}"
    if name in (columns.RATING, columns.WEIGHT) and 0 < column.n_numbers < column.n_looked:
        share = column.n_numbers / column.n_looked
        return f"only {share:.0%} of its values are numbers; rows with the others would be set aside"
    if name == columns.WEIGHT and column.low < 0:
        return f"its values begin at {column.low:g}, below 0"
    return f"its values, such as {column.example}, are no {_WANTED[name]}"


def _chosen(roles: InteractionRoles) -> dict[str, str | None]:
    """Our names and the columns chosen for them."""
    choices = {
        columns.USER_ID: roles.user,
        columns.ITEM_ID: roles.item,
        columns.RATING: roles.rating,
        columns.WEIGHT: roles.weight,
        columns.TIMESTAMP: roles.time,
        columns.PART: roles.part,
    }
    return {name: None if choice is None else choice.column for name, choice in choices.items()}
