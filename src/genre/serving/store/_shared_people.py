"""What users did and are, in Redis for all replicas."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from genre.serving._redis import RedisAwayError, RedisServer
from genre.serving.records import Event, Record
from genre.serving.store._writing import chunks

Part = Literal["events", "user"]
PARTS: tuple[Part, ...] = ("events", "user")
LONGEST = 1 << 16
"""Bytes of an entry; a user of whom there is more is read from the database."""
PUT = """
for n, key in ipairs(KEYS) do
  local old = tonumber(string.match(redis.call('GETRANGE', key, 0, 20), '^%d+')) or -1
  if old <= tonumber(ARGV[2 * n]) then redis.call('SET', key, ARGV[2 * n + 1], 'EX', ARGV[1]) end
end
"""
"""Keep what was read at a newer change: a slow reader does not put back what has changed or gone meanwhile."""
EVENT = tuple(field.name for field in fields(Event) if field.name != "user_id")


@dataclass(frozen=True)
class Entry:
    """Attributes:
    seq: it holds all that was kept of the user up to this change.
    content: JSON; None: the user was erased.
    """

    seq: int
    content: Any


class SharedPeople:
    """Entries under pseudonyms, as JSON behind the number of the change that they were read at; they expire.

    Args:
        salt: of the tenant; the names of keys are made with it, so that no other tenant or database meets them.
        keep_s: how long an entry stays.
    """

    def __init__(self, server: RedisServer, salt: bytes, keep_s: float) -> None:
        mark = hmac.new(salt, b"redis", hashlib.sha256).hexdigest()[:16]
        self.prefix = f"genre:{mark}"
        self._server, self._keep_s = server, max(1, round(keep_s))
        self._to_bury: dict[str, int] = {}

    def key(self, part: Part, name: str) -> str:
        """Where a part of a user is kept."""
        return f"{self.prefix}:{part}:{name}"

    def keep(self, part: Part, name: str, entry: Entry) -> None:
        """Offer what was read to all replicas, if it is not too long."""
        text = _text(entry)
        if len(text) <= LONGEST:
            self._put({self.key(part, name): (entry.seq, text)})

    def bury(self, names: Mapping[str, int]) -> None:
        """Remove users who were erased, at these changes; where Redis is away, once it is back."""
        self._to_bury |= names
        if self._to_bury:
            waiting = dict(self._to_bury)
            keys = [(self.key(part, name), seq) for name, seq in waiting.items() for part in PARTS]
            if all(self._put({key: (seq, b"%d\n" % seq) for key, seq in some}) for some in chunks(keys)):
                for name, seq in waiting.items():
                    if self._to_bury.get(name) == seq:
                        del self._to_bury[name]

    def _put(self, texts: Mapping[str, tuple[int, bytes]]) -> bool:
        told = [part for pair in texts.values() for part in pair]
        try:
            self._server.ask(lambda redis: redis.eval(PUT, len(texts), *texts, self._keep_s, *told))
        except RedisAwayError:
            return False
        return True


def read_entry(text: bytes | None) -> Entry | None:
    """An entry as it lies in Redis; None: there is none, or it is not one of ours."""
    try:
        seq, _, content = (text or b"").partition(b"\n")
        return Entry(int(seq), json.loads(content)) if content else None
    except ValueError:
        return None


def of_events(events: Sequence[Event]) -> list[list[Any]]:
    """Events of one user as JSON."""
    return [[getattr(event, name) for name in EVENT] for event in events]


def to_events(user_id: str, content: list[list[Any]]) -> list[Event]:
    """Events as they were before `of_events`."""
    return [Event(user_id=user_id, **dict(zip(EVENT, values, strict=True))) for values in content]


def of_record(record: Record | None) -> dict[str, Any]:
    """What was posted of a user as JSON; there may be nothing."""
    return {} if record is None else {"columns": record.columns}


def to_record(user_id: str, content: dict[str, Any]) -> Record | None:
    """A record as it was before `of_record`."""
    return Record(user_id, content["columns"]) if content else None


def _text(entry: Entry) -> bytes:
    content = json.dumps(entry.content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b"%d\n%s" % (entry.seq, content.encode())
