"""Items and users as they are posted, checked before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from genre.core.errors import Fault, RequestError
from genre.pipeline.model import Model
from genre.pipeline.posted import posted_table, user_schema
from genre.serving._shelf import Shelf
from genre.serving.records import Record, Side
from genre.values import columns

KEYS = {"items": columns.ITEM_ID, "users": columns.USER_ID}


def posted_records(model: Model, side: Side, rows: Sequence[Mapping[str, Any]]) -> list[Record]:
    """What the store is to keep of them.

    Raises:
        RequestError: an id is missing or twice, or a column or value does not fit the table.
    """
    table, key = posted_table(rows, _schema(model, side), side, side), KEYS[side]
    ids = table[key]
    if ids.null_count():
        place = ids.is_null().arg_true()[0]
        raise RequestError(Fault(f"{side}.{place}", f"has no {key}.", "Give one to every row."))
    if ids.n_unique() < len(ids):
        raise RequestError(Fault(side, f"'{ids.filter(ids.is_duplicated())[0]}' is there twice.", "Give each once."))
    return [
        Record(str(row[key]), {name: _told(value) for name, value in row.items() if name != key and value is not None})
        for row in table.to_dicts()
    ]


def _told(value: Any) -> Any:
    """As JSON has it and the table reads it again: dates and times in ISO 8601, decimals as their digits."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return [_told(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


def known_profile(model: Model, user_row: int, posted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The columns of a user: what was posted, as far as it fits the model's table of users, before what the model has.

    Args:
        user_row: -1 for a user whom the model does not know.
        posted: None: nothing was, and what the model has of the user is as it was.
    """
    if posted is None:
        return None
    schema, table = user_schema(model.catalog), model.catalog.users
    fitting = {name: value for name, value in posted.items() if _fits(schema, name, value)}
    before = {} if user_row < 0 or table is None else table.row(user_row, named=True)
    return {**before, **fitting}


def _fits(schema: Mapping[str, Any], name: str, value: Any) -> bool:
    try:
        posted_table([{name: value}], schema, "users", "users")
    except RequestError:
        return False
    return True


def changed_record(
    shelf: Shelf, side: Side, id: str, known: Record | None, changes: Mapping[str, Any]
) -> Record | None:
    """An item or user with some columns set and the others as they were; None: there is no such item.

    Args:
        known: what the store keeps; an item of the bundle that nobody posted is on the shelf alone.

    Raises:
        RequestError: a column or value does not fit the table.
    """
    before = (_bundled(shelf, id) if side == "items" else {}) if known is None else known.columns
    if before is None:
        return None
    schema = _schema(shelf.model, side)  # columns that another model had are left out
    row = {name: value for name, value in before.items() if name in schema} | dict(changes) | {KEYS[side]: id}
    return posted_records(shelf.model, side, [row])[0]


def _bundled(shelf: Shelf, id: str) -> Mapping[str, Any] | None:
    row = int(shelf.rows([id])[0])
    return None if row < 0 else shelf.model.catalog.items.row(row, named=True)


def _schema(model: Model, side: Side) -> Mapping[str, Any]:
    return model.catalog.items.schema if side == "items" else user_schema(model.catalog)
