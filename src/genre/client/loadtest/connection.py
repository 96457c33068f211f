"""One connection that carries one call at a time, with as little work as can be: the service shares the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import httptools

if TYPE_CHECKING:
    import ssl


class Listener(Protocol):
    """Hears what becomes of calls."""

    def answered(self, connection: Connection, status: int, body: bytes, stays: bool) -> None:
        """The call of a connection has its answer; one that does not stay carries no more."""

    def lost(self, connection: Connection) -> None:
        """A connection is gone, with its call if it had one."""


class Connection(asyncio.Protocol):
    """Keeps alive as long as the service does.

    Attributes:
        call: what the owner ties to the one on its way; None: it is free.
    """

    def __init__(self, listener: Listener) -> None:
        self.call: Any = None
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    def send(self, call: Any, data: bytes) -> None:
        """Make a call."""
        assert self._transport is not None and self.call is None
        self.call = call
        self._transport.write(data)

    def abort(self) -> None:
        """Let go at once; the listener hears of it."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort()

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._listener.lost(self)

    def on_message_begin(self) -> None:
        self._body = []

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 or self.call is None:
            return
        self._listener.answered(self, status, b"".join(self._body), self._parser.should_keep_alive())


async def connect(
    host: str, port: int, tls: ssl.SSLContext | None, make: Callable[[], Connection], timeout_s: float
) -> Connection:
    """A new connection.

    Raises:
        OSError: there is none to be had; `TimeoutError` among them.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        _, made = await loop.create_connection(make, host, port, ssl=tls)
    return made
