"""Load on a service from one thread: so many requests a second whether it keeps up or not, or as many as it can take.

Latency is counted from the moment that a request was due, not from when it could be sent: a service that stalls cannot
hide behind a client that waits for it. A request that finds all connections busy opens another one.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import uvloop

Requests = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Done:
    """One request that came to an end.

    Attributes:
        due: seconds since the load began.
        seconds: from then to the last byte of the answer.
        status: 0: the connection was refused or broke off, or no answer came in time.
        head: of the answer, as it came.
    """

    due: float
    seconds: float
    status: int
    head: bytes = b""
    body: bytes = b""


def percentile_ms(done: Sequence[Done], share: float) -> float:
    """Of the latencies, by nearest rank (a measured one): milliseconds; nan without any."""
    seconds = [one.seconds for one in done]
    return 1000 * float(np.quantile(seconds, share, method="inverted_cdf")) if seconds else float("nan")


def steady(url: str, requests: Requests, rate: float, seconds: float, seed: int = 0) -> list[Done]:
    """Requests at random moments (a Poisson process), `rate` a second on average, as long as there are any."""
    return uvloop.run(_steady(url, requests, rate, seconds, seed, threading.Event()))


def saturated(url: str, requests: Requests, seconds: float, n_lines: int = 8) -> list[Done]:
    """On each of `n_lines` connections one request after the other; due is when it was sent."""
    return uvloop.run(_saturated(url, requests, seconds, n_lines))


class Background:
    """Steady load from a thread of its own, from entering to leaving; `done` has it all afterwards, in order.

    Args:
        keeps_bodies: and heads, of good answers.
    """

    def __init__(self, url: str, requests: Requests, rate: float, keeps_bodies: bool = True) -> None:
        self.done: list[Done] = []
        self._keeps_bodies = keeps_bodies
        self._over = threading.Event()
        self._began = 0.0
        self._thread = threading.Thread(target=self._run, args=(url, requests, rate))

    def __enter__(self) -> Background:
        self._began = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def now(self) -> float:
        """Seconds since it began, as `Done.due` counts them but for a few milliseconds."""
        return time.perf_counter() - self._began

    def _run(self, url: str, requests: Requests, rate: float) -> None:
        self.done = uvloop.run(_steady(url, requests, rate, 1e9, 0, self._over, self._keeps_bodies))


class _Line(asyncio.Protocol):
    """A connection with one request on its way at most."""

    def __init__(self) -> None:
        self._got, self._end, self._told = bytearray(), 0, b""
        self._then: Callable[[int, bytes, bytes], None] | None = None
        self._to: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._to = transport

    def ask(self, request: bytes, then: Callable[[int, bytes, bytes], None]) -> None:
        self._then = then
        if self._to is None or self._to.is_closing():
            self._answer(0, b"", b"")
        else:
            self._to.write(request)

    @property
    def is_open(self) -> bool:
        return self._to is not None and not self._to.is_closing()

    def close(self) -> None:
        if self._to is not None:
            self._to.abort()

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._end:
            place = self._got.find(b"\r\n\r\n")
            if place < 0:
                return
            self._told = bytes(self._got[:place]).lower()
            size = self._told.partition(b"content-length:")[2].split(maxsplit=1)
            self._end = place + 4 + (int(size[0]) if size else 0)
        if len(self._got) >= self._end:
            body = bytes(self._got[len(self._told) + 4 : self._end])
            self._got, self._end = bytearray(), 0
            self._answer(int(self._told[9:12]), self._told, body)

    def connection_lost(self, error: Exception | None) -> None:
        self._answer(0, b"", b"")

    def _answer(self, status: int, head: bytes, body: bytes) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(status, head, body)


class _Lines:
    """Connections to one service, those that are free and those that are not."""

    def __init__(self, url: str, keeps_bodies: bool = True) -> None:
        self._keeps_bodies = keeps_bodies
        self._host, _, port = urlsplit(url).netloc.rpartition(":")
        self._port = int(port)
        self._free: list[_Line] = []
        self._all: list[_Line] = []

    async def ready(self, n: int) -> None:
        self._free += [line for line in [await self._opened() for _ in range(n)] if line is not None]

    async def ask(self, request: bytes, due: float, began: float) -> Done:
        """The answer to a request that is due now."""
        line = self._free.pop() if self._free else None
        if line is None or not line.is_open:
            line = await self._opened()
        if line is None:
            return Done(due, time.perf_counter() - began - due, 0)
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()

        def take(status: int, head: bytes, body: bytes) -> None:
            if status == 200 and not self._keeps_bodies:
                head = body = b""
            if not answer.done():
                answer.set_result(Done(due, time.perf_counter() - began - due, status, head, body))

        line.ask(request, take)
        found = await answer
        if line.is_open:
            self._free.append(line)
        return found

    def close(self) -> None:
        for line in self._all:
            line.close()

    async def _opened(self) -> _Line | None:
        try:
            _, line = await asyncio.get_running_loop().create_connection(_Line, self._host, self._port)
        except OSError:
            return None
        self._all.append(line)
        return line


async def _steady(
    url: str,
    requests: Requests,
    rate: float,
    seconds: float,
    seed: int,
    over: threading.Event,
    keeps_bodies: bool = True,
) -> list[Done]:
    lines, chance, asked = _Lines(url, keeps_bodies), random.Random(seed), []
    await lines.ready(8)
    began, due = time.perf_counter(), 0.0
    while (due := due + chance.expovariate(rate)) < seconds and not over.is_set():
        wait = began + due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        request = next(requests, None)
        if request is None:
            break
        asked.append(asyncio.ensure_future(lines.ask(request, due, began)))
    await asyncio.wait(asked, timeout=30)
    done = [one.result() if one.done() else Done(0.0, 30.0, 0) for one in asked]
    lines.close()
    return done


async def _saturated(url: str, requests: Requests, seconds: float, n_lines: int) -> list[Done]:
    lines, done = _Lines(url), []
    await lines.ready(n_lines)
    began = time.perf_counter()

    async def keep_asking() -> None:
        while (now := time.perf_counter() - began) < seconds:
            done.append(await lines.ask(next(requests), now, began))

    await asyncio.gather(*(keep_asking() for _ in range(n_lines)))
    lines.close()
    return done


def cycled(requests: Sequence[bytes], seed: int = 0) -> Requests:
    """The same requests over and over, each time in another order."""
    chance = random.Random(seed)
    for _ in itertools.count():
        yield from chance.sample(requests, len(requests))
