"""A Redis server that helps while it is there: short waits, and no asking again at once when it did not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from genre.core.errors import Fault, MissingExtraError, StoreError

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
WAIT_S, PAUSE_S = 0.2, 1.0
"""How long one answer may take, and how long nobody asks after there was none."""
FORMS = "Write redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS."
MEND = "Check that the server runs, and the address and the password."


class RedisAwayError(StoreError):
    """Redis does not answer, or refuses; what it keeps is kept elsewhere too."""


class RedisServer:
    """One server, used by any number of threads.

    While it is away, one thread in `PAUSE_S` waits for it, at most `WAIT_S` and once more for a new connection; the
    others are told at once.

    Args:
        wait_s: for one answer.

    Attributes:
        where: what errors call it; without a password.
        connections: that were made so far. Whoever finds it unchanged has spoken to one server process all the while:
            one that was started again, or stands in for another, is reached by new connections only.

    Raises:
        StoreError: the address cannot be read.
        MissingExtraError: redis is not installed.
    """

    def __init__(self, url: str, wait_s: float = WAIT_S) -> None:
        self.where, self.connections = place_of(url), 0
        self._client = client(url, wait_s, redis_connect_func=self._connected)
        self._asking, self._again_at, self._why = threading.Lock(), 0.0, ""

    def ask(self, work: Callable[[Redis], T]) -> T:
        """What `work` gets from the server.

        Raises:
            RedisAwayError: no answer in time, a refusal, or there was none a moment ago.
        """
        from redis.exceptions import RedisError

        if self._why:
            self._take_turn()
        try:
            found = work(self._client)
        except (RedisError, OSError) as error:
            self._why, self._again_at = words(error), time.monotonic() + PAUSE_S
            raise self._error() from None
        self._why = ""
        return found

    @property
    def away(self) -> str:
        """Why it does not answer; empty: it did when it was last asked."""
        return self._why

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _take_turn(self) -> None:
        with self._asking:
            if time.monotonic() < self._again_at:
                raise self._error()
            self._again_at = time.monotonic() + PAUSE_S

    def _error(self) -> RedisAwayError:
        return RedisAwayError(Fault(self.where, f"cannot be used: {self._why}.", MEND))

    def _connected(self, connection: Any) -> None:
        self.connections += 1
        connection.on_connect()


def client(url: str, wait_s: float, **options: Any) -> Redis:
    """A client that waits so long for an answer and tries once more where a connection broke.

    Raises:
        StoreError: the address cannot be read.
        MissingExtraError: redis is not installed.
    """
    try:
        from redis import ConnectionError, Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise MissingExtraError("redis", "redis", "Redis") from None
    once_more = Retry(NoBackoff(), 1, (ConnectionError,))
    waits = {"socket_timeout": wait_s, "socket_connect_timeout": wait_s}
    try:
        return Redis.from_url(url, retry=once_more, client_name="genre", **waits, **options)
    except ValueError:
        raise StoreError(Fault("redis", "the address cannot be read.", FORMS)) from None


def place_of(url: str) -> str:
    """An address as errors and logs may show it: without user, password and options.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        raise StoreError(Fault("redis", "the address cannot be read.", FORMS)) from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise StoreError(Fault("redis", "the address is none of Redis.", FORMS))
    return f"{parts.scheme}://{host}{port}{parts.path}"


def words(error: BaseException) -> str:
    """What the client says, on one line."""
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
