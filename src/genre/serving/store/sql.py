"""The store in an SQL database: one SQLite file, or PostgreSQL."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Row, Select, bindparam, select

from genre.serving.records import Change, Event, Record, Side
from genre.serving.store import _tables as tables
from genre.serving.store._access import SqlAudit, SqlKeys
from genre.serving.store._database import Database
from genre.serving.store._log import EVENT, NEWER, change_of
from genre.serving.store._opening import reached
from genre.serving.store._schema import migrate
from genre.serving.store._storable import check_events, check_names, check_records, is_word
from genre.serving.store._writing import CHUNK, add_events, chunks, erase_user, lock, note_activation, put_records
from genre.serving.store.base import Edit, Store

OF_USER = (
    select(*(tables.events.c[name] for name in EVENT))
    .where(tables.events.c.tenant == bindparam("tenant"), tables.events.c.user_id == bindparam("user_id"))
    .order_by(tables.events.c.at, tables.events.c.seq)
)
RECORD = {
    side: select(table.c["columns"]).where(table.c.tenant == bindparam("tenant"), table.c.id == bindparam("id"))
    for side, table in tables.sides.items()
}
"""Made once: to make a statement takes longer than to run it."""


class SqlStore(Store):
    """One tenant's part of a database that several tenants, threads and processes use.

    Writers of one tenant come one after the other: each takes its numbers from the tenant's row in `heads` and holds
    that row until it has committed. So numbers appear in order, and nothing appears below a number that was seen.

    Attributes:
        keys: the keys of all tenants.
        audit: what was done in this tenant's service.
    """

    def __init__(self, database: Database, tenant: str) -> None:
        check_names(tenant=tenant)
        self._database, self._tenant = database, tenant
        self.keys = SqlKeys(database)
        self.audit = SqlAudit(database, tenant)
        start = {"tenant": tenant, "seq": 0, "salt": secrets.token_hex(32)}
        first = database.insert(tables.heads).values(start).on_conflict_do_nothing()
        database.write(lambda connection: connection.execute(first))

    @classmethod
    def open(cls, url: str | Path, tenant: str = "default") -> Self:
        """The store at a path, `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`, made if it is new.

        Raises:
            StoreError: it is out of reach, read-only, no such database, or of a newer version of GENRE.
            MissingExtraError: the package for such a database is not installed.
        """
        with ExitStack() as undo:
            database = reached(url)
            undo.callback(database.close)
            migrate(database)
            store = cls(database, tenant)
            undo.pop_all()
        return store

    def of_tenant(self, tenant: str) -> Self:
        """Another tenant's part of the same database, over the same connections; closing one closes all."""
        return type(self)(self._database, tenant)

    @property
    def tenant(self) -> str:
        """Whose part it is."""
        return self._tenant

    @property
    def where(self) -> str:
        """The address as people may read it, without a password."""
        return self._database.where

    def head(self) -> int:
        return self._database.head(self._tenant) or 0

    def changes(self, after: int, limit: int = 10_000) -> list[Change]:
        asked = {"tenant": self._tenant, "after": after, "n": max(limit, 0)}
        return self._database.read(lambda connection: [change_of(row) for row in connection.execute(NEWER, asked)])

    def add_events(self, events: Sequence[Event]) -> list[bool]:
        check_events(events)
        return self._database.write(lambda connection: add_events(connection, self._tenant, events)) if events else []

    def events_of(self, user_id: str) -> list[Event]:
        if not is_word(user_id):
            return []
        asked = {"tenant": self._tenant, "user_id": user_id}
        rows = self._database.read(lambda connection: connection.execute(OF_USER, asked).all())
        return [Event(**row._mapping) for row in rows]

    def put(self, side: Side, records: Sequence[Record]) -> None:
        check_records(side, records)
        places = {record.id: place for place, record in enumerate(records)}  # of one that comes twice the last
        last = [records[place] for place in sorted(places.values())]
        if last:
            self._database.write(lambda c: put_records(self._database, c, self._tenant, side, last))

    def change(self, side: Side, id: str, edit: Edit) -> bool:
        check_names(id=id)
        known = self._known(side, tables.sides[side].c.id == id)

        def work(connection: Connection) -> bool:
            lock(connection, self._tenant)
            row = connection.execute(known).one_or_none()
            record = edit(None if row is None else Record(**row._mapping))
            if record is not None:
                check_records(side, [record])
                put_records(self._database, connection, self._tenant, side, [record])
            return record is not None

        return self._database.write(work)

    def get(self, side: Side, ids: Sequence[str]) -> list[Record | None]:
        asked = [id for id in dict.fromkeys(ids) if is_word(id)]
        if len(asked) == 1:
            (id,) = asked
            which = {"tenant": self._tenant, "id": id}
            row = self._database.read(lambda connection: connection.execute(RECORD[side], which).one_or_none())
            return [Record(id, row.columns) if row is not None and one == id else None for one in ids]

        def look(connection: Connection) -> dict[str, Record]:
            parts = (connection.execute(self._known(side, tables.sides[side].c.id.in_(part))) for part in chunks(asked))
            return {id: Record(id, columns) for part in parts for id, columns in part}

        found = self._database.read(look) if asked else {}
        return [found.get(id) for id in ids]

    def all(self, side: Side) -> Iterator[Record]:
        id = tables.sides[side].c.id
        rows = self._rows(self._known(side).order_by(id).limit(CHUNK))
        while rows:
            yield from (Record(**row._mapping) for row in rows)
            rows = self._rows(self._known(side, id > rows[-1].id).order_by(id).limit(CHUNK))

    def erase(self, user_id: str, pseudonym: str) -> int:
        """Remove all that was kept of a user, for good, and note the pseudonym; the number of rows that went.

        On SQLite the bytes are gone from the files, which are written anew: it takes as long as copying them. On
        PostgreSQL they stay in pages until vacuum, and in archives of the log. After an error erase again.
        """
        check_names(user_id=user_id, pseudonym=pseudonym)
        gone = self._database.write(lambda c: erase_user(self._database, c, self._tenant, user_id, pseudonym))
        self._database.scrub()
        return gone

    def erased(self) -> set[str]:
        table = tables.erasures
        return {row.pseudonym for row in self._rows(select(table.c.pseudonym).where(table.c.tenant == self._tenant))}

    def salt(self) -> bytes:
        table = tables.heads
        (row,) = self._rows(select(table.c.salt).where(table.c.tenant == self._tenant))
        return bytes.fromhex(row.salt)

    def activate(self, version: str) -> None:
        check_names(version=version)
        self._database.write(lambda c: note_activation(c, self._tenant, version, time.time()))

    def activations(self) -> list[tuple[str, float]]:
        table = tables.activations
        mine = select(table.c.version, table.c.at).where(table.c.tenant == self._tenant)
        return [(row.version, row.at) for row in self._rows(mine.order_by(table.c.seq.desc()))]

    def close(self) -> None:
        self._database.close()

    def _known(self, side: Side, *which: Any) -> Select[Any]:
        table = tables.sides[side]
        return select(table.c.id, table.c["columns"]).where(table.c.tenant == self._tenant, *which)

    def _rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        return self._database.read(lambda connection: connection.execute(statement).all())
