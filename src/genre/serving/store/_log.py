"""The log of changes: five tables read as one, in order, by a single statement, which sees one moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    literal,
    null,
    select,
    union_all,
)

from genre.serving.records import Change, Event, Kind, Record
from genre.serving.store._tables import DOCUMENT, activations, erasures, events, sides

EVENT = ("event_id", "user_id", "item_id", "type", "at", "value", "recommendation_id")
NUMBERS = ("at", "value")


def _newer(table: Table, kind: Kind, subject: str) -> Select[Any]:
    """What a table holds after a change, in the shape of the log; `subject` is the column that names it."""
    event = [
        table.c[name] if table is events else cast(null(), Double if name in NUMBERS else Text) for name in EVENT[1:]
    ]
    document: ColumnElement[Any] = table.c["columns"] if "columns" in table.c else cast(null(), DOCUMENT)
    newer = (
        select(
            table.c.seq.label("seq"),
            literal(kind, Text).label("kind"),
            table.c[subject].label("subject"),
            *(column.label(name) for column, name in zip(event, EVENT[1:], strict=True)),
            document.label("document"),
        )
        .where(table.c.tenant == bindparam("tenant"), table.c.seq > bindparam("after"))
        .order_by(table.c.seq)
        .limit(bindparam("n"))
    )
    return select(newer.subquery())


_PARTS = (
    _newer(events, "event", "event_id"),
    _newer(sides["items"], "item", "id"),
    _newer(sides["users"], "user", "id"),
    _newer(erasures, "erasure", "pseudonym"),
    _newer(activations, "activation", "version"),
)
_ALL = union_all(*_PARTS).subquery()
NEWER = select(_ALL).order_by(_ALL.c.seq).limit(bindparam("n"))
"""Changes of `tenant` after `after`, at most `n`. Each part comes from an index on (tenant, seq) and ends at `n`."""


def change_of(row: Row[*tuple[Any, ...]]) -> Change:
    """A row of the log as a change."""
    seq, kind, subject, *event, document = row
    if kind == "event":
        return Change(seq, kind, Event(subject, *event))
    if kind in ("item", "user"):
        return Change(seq, kind, Record(subject, document))
    return Change(seq, kind, subject)
