"""What changes the log, each inside a transaction that the caller opened.

A tenant's row in `heads` is its lock and its counter. SQLite has one writer anyway; in PostgreSQL the row is held until
the transaction ends, so that the next writer sees all that this one wrote and counts on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, insert, select, text, update

from genre.serving.records import Event, Record, Side
from genre.serving.store import _tables as tables
from genre.serving.store._database import Database

T = TypeVar("T")
CHUNK = 1_000
"""Ids that one statement asks for."""

KNOWN_ON_POSTGRES = text(
    "SELECT asked.id FROM unnest(CAST(:ids AS text[])) AS asked(id), LATERAL ("
    'SELECT 1 FROM events WHERE tenant = :tenant AND event_id = asked.id COLLATE "C" LIMIT 1) AS found'
)
"""One look into the index for each id. For `event_id IN (...)` PostgreSQL reads all events of the tenant as long as it
has no statistics of the table, which is so during every large import."""

heads, events, erasures = tables.heads, tables.events, tables.erasures


def chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """A sequence in parts that fit one statement."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def take_numbers(connection: Connection, tenant: str, n: int) -> range:
    """The next `n` numbers of a tenant's log."""
    grown = update(heads).where(heads.c.tenant == tenant).values(seq=heads.c.seq + n).returning(heads.c.seq)
    last = connection.execute(grown).scalar_one()
    return range(last - n + 1, last + 1)


def lock(connection: Connection, tenant: str) -> None:
    """Keep other writers of the tenant waiting until the transaction ends, before anything is read that they change."""
    connection.execute(select(heads.c.seq).where(heads.c.tenant == tenant).with_for_update())


def add_events(connection: Connection, tenant: str, posted: Sequence[Event]) -> list[bool]:
    """Insert the events that are not known yet; for each, whether it is new."""
    lock(connection, tenant)
    seen = _known(connection, tenant, list({event.event_id for event in posted}))
    is_new = []
    for event in posted:
        is_new.append(event.event_id not in seen)
        seen.add(event.event_id)
    new = [event for event, new in zip(posted, is_new, strict=True) if new]
    if new:
        numbers = take_numbers(connection, tenant, len(new))
        rows = [{"tenant": tenant, "seq": seq, **vars(event)} for seq, event in zip(numbers, new, strict=True)]
        connection.execute(insert(events), rows)
    return is_new


def put_records(database: Database, connection: Connection, tenant: str, side: Side, records: Sequence[Record]) -> None:
    """Insert items or users, each id once, or replace them."""
    numbers = take_numbers(connection, tenant, len(records))
    rows = [
        {"tenant": tenant, "id": record.id, "seq": seq, "columns": record.columns}
        for seq, record in zip(numbers, records, strict=True)
    ]
    new = database.insert(tables.sides[side])
    changed = {"seq": new.excluded.seq, "columns": new.excluded["columns"]}
    connection.execute(new.on_conflict_do_update(index_elements=["tenant", "id"], set_=changed), rows)


def erase_user(database: Database, connection: Connection, tenant: str, user_id: str, pseudonym: str) -> int:
    """Delete a user's rows and note the pseudonym, at its newest erasure; how many rows there were."""
    seq = take_numbers(connection, tenant, 1)[0]
    users = tables.sides["users"]
    mine = delete(events).where(events.c.tenant == tenant, events.c.user_id == user_id)
    me = delete(users).where(users.c.tenant == tenant, users.c.id == user_id)
    gone = connection.execute(mine).rowcount + connection.execute(me).rowcount
    note = database.insert(erasures).values(tenant=tenant, pseudonym=pseudonym, seq=seq)
    connection.execute(note.on_conflict_do_update(index_elements=["tenant", "pseudonym"], set_={"seq": seq}))
    return gone


def note_activation(connection: Connection, tenant: str, version: str, at: float) -> None:
    """Insert an activation."""
    seq = take_numbers(connection, tenant, 1)[0]
    row: dict[str, Any] = {"tenant": tenant, "seq": seq, "version": version, "at": at}
    connection.execute(insert(tables.activations), row)


def _known(connection: Connection, tenant: str, ids: Sequence[str]) -> set[str]:
    if connection.dialect.name == "postgresql":
        return set(connection.scalars(KNOWN_ON_POSTGRES, {"tenant": tenant, "ids": ids}))
    ask = select(events.c.event_id).where(events.c.tenant == tenant)
    return {id for part in chunks(ids) for id in connection.scalars(ask.where(events.c.event_id.in_(part)))}
