"""Connections and the calls on them: those that wait for one, those that take too long, those that are lost."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from genre.client.loadtest.connection import Connection, connect
from genre.core.errors import Fault, RequestError

LOOK_S = 0.1
"""How often calls that take too long are looked for, and lost connections are made anew."""
CONNECT_S = 5.0
TIMEOUT, LOST = "timeout", "lost"


@dataclass(slots=True, eq=False)
class Call:
    """One call; moments are those of `time.monotonic`.

    Attributes:
        due: when it should have been sent.
        sent: when it was; None: it waits.
    """

    kind: str
    data: bytes
    due: float
    is_counted: bool
    sent: float | None = None


Done = Callable[[Call, int | str, bytes], None]
"""Hears of a call the status and the body, or the reason why there is none."""


class Pool:
    """So many connections to one service.

    Args:
        timeout_s: after it was due a call is given up.
    """

    def __init__(self, url: str, n: int, timeout_s: float, done: Done) -> None:
        parts = urlsplit(url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._n, self._timeout_s, self._done = n, timeout_s, done
        self._free: list[Connection] = []
        self._busy: set[Connection] = set()
        self._waiting: deque[Call] = deque()
        self._opening: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Make all connections.

        Raises:
            RequestError: there is none to be had.
        """
        try:
            for _ in range(self._n):
                await self._open_one()
        except OSError as error:
            fault = Fault(f"{self._host}:{self._port}", f"cannot be asked: {error}.", "Is the service up?")
            raise RequestError(fault) from None

    def take(self, call: Call) -> None:
        """Send a call, now or as soon as a connection is free."""
        if self._free:
            self._send(self._free.pop(), call)
        else:
            self._waiting.append(call)

    @property
    def is_quiet(self) -> bool:
        """Whether no call is on its way."""
        return not self._busy and not self._waiting

    def answered(self, connection: Connection, status: int, body: bytes, stays: bool) -> None:
        call, connection.call = connection.call, None
        self._busy.discard(connection)
        if not stays:
            connection.abort()
        elif self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._free.append(connection)
        self._done(call, status, body)

    def lost(self, connection: Connection) -> None:
        call, connection.call = connection.call, None
        self._busy.discard(connection)
        if connection in self._free:
            self._free.remove(connection)
        if call is not None:
            self._done(call, LOST, b"")

    async def look(self) -> None:
        """Give up what takes too long and make lost connections anew, until this is cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._give_up(time.monotonic() - self._timeout_s)
            for _ in range(self._n - len(self._free) - len(self._busy) - len(self._opening)):
                task = asyncio.create_task(self._open_again())
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)

    async def close(self) -> None:
        """Let all connections go."""
        for task in self._opening:
            task.cancel()
        for connection in (*self._free, *self._busy):
            connection.abort()
        await asyncio.sleep(0)

    def _send(self, connection: Connection, call: Call) -> None:
        call.sent = time.monotonic()
        self._busy.add(connection)
        connection.send(call, call.data)

    def _give_up(self, due_before: float) -> None:
        for connection in [one for one in self._busy if one.call.due < due_before]:
            call, connection.call = connection.call, None
            connection.abort()
            self._busy.discard(connection)
            self._done(call, TIMEOUT, b"")
        while self._waiting and self._waiting[0].due < due_before:
            self._done(self._waiting.popleft(), TIMEOUT, b"")

    async def _open_one(self) -> None:
        made = await connect(self._host, self._port, self._tls, lambda: Connection(self), CONNECT_S)
        if self._waiting:
            self._send(made, self._waiting.popleft())
        else:
            self._free.append(made)

    async def _open_again(self) -> None:
        try:
            await self._open_one()
        except OSError:
            return
