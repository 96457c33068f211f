"""A store that several replicas use, with Redis between them and the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from genre.core.errors import StoreError
from genre.serving._pseudonyms import Pseudonyms
from genre.serving._redis import RedisServer
from genre.serving.records import Change, Event, Record, Side
from genre.serving.store._bell import Bell
from genre.serving.store._followed import Followed
from genre.serving.store._shared_people import (
    Entry,
    Part,
    SharedPeople,
    of_events,
    of_record,
    read_entry,
    to_events,
    to_record,
)
from genre.serving.store.base import Edit, Store

T = TypeVar("T")
AWAY = "redis"


class SharedStore(Store):
    """The store of one tenant, which asks Redis before the database where that is as good.

    The truth stays in the database: every write goes there, and what Redis says is only believed where the database
    must say the same. Redis may be empty, gone, slow, behind, or out of reach for some replicas alone.

    - `head` comes from Redis while no write was acknowledged since the database was last asked: see `Bell`.
    - What a user did and is comes from Redis when nothing of that user changed since. An entry says up to which change
      it is whole. A replica knows of each user the newest change in the log that it follows, and it follows the log in
      the database. So nobody has to remove an entry that a write made old, and an entry that should not be there any
      more, because a writer could not reach Redis or Redis came back with old data, is not believed.
    - Who is erased is removed from Redis by whoever erases and by each replica that reads of it in the log, again once
      Redis is back if it was away; a slow reader cannot put it back. Whatever happens, entries expire after `keep_s`.
      Keys hold pseudonyms.

    A database that was set back to an older state, such as a backup, needs an empty Redis.

    Args:
        store: in the database; where several replicas use it, one on PostgreSQL.
        server: Redis; several tenants may use one.
        trust_s: how long Redis may stand for the database before that is asked again; what a write waits when Redis is
            away. See `Bell`.
        keep_s: how long what is known of a user stays in Redis.
    """

    def __init__(self, store: Store, server: RedisServer, trust_s: float = 0.25, keep_s: float = 3600.0) -> None:
        self._store, self._server = store, server
        salt = store.salt()
        self._pseudonyms, self._people = Pseudonyms(salt), SharedPeople(server, salt, keep_s)
        self._bell = Bell(server, f"{self._people.prefix}:bell", self._look, trust_s)
        self._followed = Followed()

    @property
    def away(self) -> tuple[str, ...]:
        return (*self._store.away, *((AWAY,) if self._server.away else ()))

    def head(self) -> int:
        return self._bell.head(self._bell.hear())

    def changes(self, after: int, limit: int = 10_000) -> list[Change]:
        found = self._store.changes(after, limit)
        if found:
            self._followed.note(after, found[-1].seq, _changed(found, self._followed.upto))
            self._people.bury({str(one.content): one.seq for one in found if one.kind == "erasure"})
        return found

    def add_events(self, events: Sequence[Event]) -> list[bool]:
        return self._written(lambda: self._store.add_events(events)) if events else []

    def events_of(self, user_id: str) -> list[Event]:
        read = lambda: of_events(self._store.events_of(user_id))  # noqa: E731
        return to_events(user_id, self._known("events", user_id, read))

    def put(self, side: Side, records: Sequence[Record]) -> None:
        self._written(lambda: self._store.put(side, records))

    def change(self, side: Side, id: str, edit: Edit) -> bool:
        return self._written(lambda: self._store.change(side, id, edit))

    def get(self, side: Side, ids: Sequence[str]) -> list[Record | None]:
        if side != "users" or len(ids) != 1:
            return self._store.get(side, ids)
        (id,) = ids
        return [to_record(id, self._known("user", id, lambda: of_record(self._store.get(side, ids)[0])))]

    def all(self, side: Side) -> Iterator[Record]:
        return self._store.all(side)

    def erase(self, user_id: str, pseudonym: str) -> int:
        """Remove all that was kept of a user, from Redis too; where that is away, once it is back or entries expire."""
        gone = self._written(lambda: self._store.erase(user_id, pseudonym))
        self._people.bury({self._pseudonyms.of_user(user_id): self._store.head()})
        return gone

    def erased(self) -> set[str]:
        return self._store.erased()

    def salt(self) -> bytes:
        return self._pseudonyms.salt

    def activate(self, version: str) -> None:
        self._written(lambda: self._store.activate(version))

    def activations(self) -> list[tuple[str, float]]:
        return self._store.activations()

    def close(self) -> None:
        """Let go of the database; the connections to Redis are the server's."""
        self._store.close()

    def _written(self, write: Callable[[], T]) -> T:
        """What a write gives, once all replicas know of it."""
        done = write()
        self._bell.ring()
        return done

    def _look(self) -> int:
        self._people.bury({})
        return self._store.head()

    def _known(self, part: Part, user_id: str, read: Callable[[], Any]) -> Any:
        """A part of a user as JSON: from Redis where it is whole or all that can be had, else from the database."""
        name = self._pseudonyms.of_user(user_id)
        heard = self._bell.hear(self._people.key(part, name))
        entry, names = read_entry(heard.values[0]), (user_id, name)
        try:
            head = self._bell.head(heard)
            if entry is not None and self._followed.is_whole(names, entry.seq, head):
                return entry.content
            seq, content = self._followed.upto, read()
        except StoreError:
            if entry is None or not self._followed.is_newest(names, entry.seq):
                raise
            return entry.content
        if heard.tone is not None and seq >= head:
            self._people.keep(part, name, Entry(seq, content))
        return content


def _changed(changes: Sequence[Change], after: int) -> Iterator[tuple[str, int]]:
    """Who changed: by their ids, or by their pseudonyms when they were erased."""
    for change in changes:
        content = change.content
        if change.seq <= after:
            continue
        if isinstance(content, Event):
            yield content.user_id, change.seq
        elif isinstance(content, Record) and change.kind == "user":
            yield content.id, change.seq
        elif isinstance(content, str) and change.kind == "erasure":
            yield content, change.seq
