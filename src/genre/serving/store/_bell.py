"""Whether anything was written since one last looked, told by a server that is quicker to ask than the database."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genre.serving._redis import RedisAwayError, RedisServer

if TYPE_CHECKING:
    from redis import Redis

LASTS_S = 7 * 86_400
"""A bell that nobody rings is forgotten."""


@dataclass(frozen=True)
class Heard:
    """What Redis answered.

    Attributes:
        tone: of the bell and of the connections that it was heard over; None: Redis is away.
        values: of the other keys that were asked for.
    """

    tone: tuple[int, bytes] | None
    values: tuple[bytes | None, ...]


@dataclass(frozen=True)
class _Looked:
    """The head that the database gave after a tone was heard, and until when the tone may stand for it."""

    tone: tuple[int, bytes] | None
    head: int
    until: float


class Bell:
    """One key of Redis; whoever writes sets it to a random word after the commit and before it acknowledges.

    A reader asks for the word. Where it is the one that it heard before it last looked at the database, nothing was
    acknowledged since, and the head is the one that it saw; else it looks again. So an acknowledged write is in the
    next answer of every reader:

    - The writer rang: the word is another one. It stays another one as long as Redis keeps what it is told. A key that
      is lost (evicted, expired, flushed) is heard as none, or as a new word. A server that comes back with older data,
      or another that stands in for it, is reached by a new connection, and a reader trusts no word across that.
    - The writer could not ring, or got no answer: it waits for `trust_s` before it acknowledges. No reader trusts a
      word for longer than that after it last looked, so by then each has looked again, or will before it answers.
    - The writer died between commit and ring: nobody was told that its write is kept; readers find it within `trust_s`.

    Nobody compares clocks of two machines; each measures its own wait. What is left: a server whose data are swapped
    under open connections (REPLICAOF on the master), or two masters at once; then readers may be behind for `trust_s`.

    Args:
        key: of the tenant.
        look: the head in the database.
        trust_s: how long a word may stand for the database; what a write waits when Redis is away.
    """

    def __init__(self, server: RedisServer, key: str, look: Callable[[], int], trust_s: float) -> None:
        self._server, self._key, self._look, self._trust_s = server, key, look, trust_s
        self._looked = _Looked(None, 0, 0.0)

    def hear(self, *keys: str) -> Heard:
        """The word and the values of other keys, in one round trip; never raises."""
        try:
            found: list[Any] = self._server.ask(lambda redis: redis.mget(self._key, *keys))
            word = found[0]
            if word is None:
                word = self._server.ask(self._begin)
        except RedisAwayError:
            return Heard(None, (None,) * len(keys))
        return Heard(None if word is None else (self._server.connections, word), tuple(found[1:]))

    def head(self, heard: Heard) -> int:
        """The newest change.

        Raises:
            StoreError: the database must be asked and does not answer.
        """
        looked = self._looked
        if heard.tone is not None and heard.tone == looked.tone and time.monotonic() < looked.until:
            return looked.head
        start = time.monotonic()
        head = self._look()
        self._looked = _Looked(heard.tone, head, start + self._trust_s)
        return head

    def ring(self) -> None:
        """Tell all readers that something was committed; where that fails, wait until they look by themselves."""
        try:
            self._server.ask(lambda redis: redis.set(self._key, secrets.token_bytes(8), ex=LASTS_S))
        except RedisAwayError:
            time.sleep(self._trust_s)

    def _begin(self, redis: Redis) -> Any:
        """A first word, unless another was quicker."""
        redis.set(self._key, secrets.token_bytes(8), ex=LASTS_S, nx=True)
        return redis.get(self._key)
