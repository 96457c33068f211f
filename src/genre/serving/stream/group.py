"""A consumer group of a Redis stream, as one of its consumers sees it."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genre.serving.stream.entries import DEAD_ENTRY, DEAD_REASON, Entry
from genre.serving.stream.lag import Lag, lag_of
from genre.serving.stream.settings import StreamSettings

if TYPE_CHECKING:
    from redis import Redis

BLOCK_S = 0.5
"""How long Redis may hold a question for new entries."""


class Group:
    """Redis gives each entry to one consumer, and to another when that one does not finish it.

    Args:
        stream: its key. What is no event goes to the stream of the same name with `:dead` behind it.
    """

    def __init__(self, redis: Redis, stream: str, settings: StreamSettings) -> None:
        self._redis, self._stream, self._settings = redis, stream, settings
        self._group, self._name = settings.group, f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"

    def join(self) -> None:
        """Make the group, from the first entry of the stream on, and the stream, unless they are there."""
        from redis.exceptions import ResponseError

        try:
            self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def new(self) -> list[Entry]:
        """Entries that no consumer was given before; none came within `BLOCK_S`: nothing."""
        return self._read(">")

    def own(self) -> list[Entry]:
        """Entries that this consumer was given and has not finished."""
        return self._read("0")

    def claim(self) -> list[Entry]:
        """Take over entries that a consumer has left for long."""
        idle = round(1000 * self._settings.idle_s)
        _, found, *_ = self._redis.xautoclaim(
            self._stream, self._group, self._name, min_idle_time=idle, count=self._settings.batch
        )
        return self._entries(found)

    def deliveries(self, entries: Sequence[Entry]) -> dict[str, int]:
        """How often these entries, in order and this consumer's, were given to a consumer, by id."""
        first, last = entries[0].id, entries[-1].id
        pending: list[Any] = self._redis.xpending_range(
            self._stream, self._group, first, last, len(entries), consumername=self._name
        )
        return {one["message_id"].decode(): int(one["times_delivered"]) for one in pending}

    def finish(self, entries: Sequence[Entry], reasons: Mapping[str, str]) -> None:
        """Say that entries are done; those that are no event are set aside in the same step.

        Args:
            reasons: why an entry is no event, by id.
        """
        refused = [entry for entry in entries if entry.id in reasons]
        with self._redis.pipeline(transaction=True) as steps:
            for entry in refused:
                told = {DEAD_REASON: reasons[entry.id], DEAD_ENTRY: entry.name}
                known = {name: value for name, value in entry.fields.items() if name.decode("latin-1") not in told}
                steps.xadd(f"{self._stream}:dead", {**known, **told}, maxlen=self._settings.most_dead)  # type: ignore[dict-item]
            steps.xack(self._stream, self._group, *(entry.id for entry in entries))
            steps.execute()

    def lag(self) -> Lag:
        """How far all consumers together are behind."""
        return lag_of(self._redis, self._stream, self._group)

    def leave(self) -> None:
        """Take this consumer's name off the list, unless entries still hang on it."""
        pending = self._redis.xpending_range(self._stream, self._group, "-", "+", 1, consumername=self._name)
        if not pending:
            self._redis.xgroup_delconsumer(self._stream, self._group, self._name)

    def _read(self, after: str) -> list[Entry]:
        block = round(1000 * BLOCK_S)
        asked: Any = {self._stream: after}
        found: Any = self._redis.xreadgroup(self._group, self._name, asked, count=self._settings.batch, block=block)
        return self._entries(found[0][1]) if found else []

    def _entries(self, found: Sequence[Any]) -> list[Entry]:
        return [Entry(self._stream, id.decode(), fields or {}) for id, fields in found]
