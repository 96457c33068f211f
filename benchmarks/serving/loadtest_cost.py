"""What genre loadtest itself costs, on a server that does next to nothing, with wrk and two HTTP libraries beside it.

    python -m benchmarks.serving.loadtest_cost        # about a minute; wrk is left out where it is not installed

With 8 connections that are never idle: calls a second, and microseconds of a core per call. At 100 calls a second,
where every call wakes the program: the same. On a server that waits 20 ms before it answers: what this and wrk say.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import aiohttp
import httptools
import httpx2
import uvloop

from genre.client.loadtest.load import Plan, run
from genre.client.loadtest.report import Latency

N_CONNECTIONS, SECONDS, DELAY_S = 8, 5.0, 0.02
CALL = ("recommend", b'{"user_id": "196", "k": 10}')
ITEMS = [{"item_id": str(n), "rank": n, "score": 3.21} for n in range(1, 11)]
BODY = json.dumps({"recommendation_id": "5f0c1b0e", "items": ITEMS, "fallback": "none", "next_page": None}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
Send = Callable[[], Awaitable[object]]


class Echo(asyncio.Protocol):
    """Answers every request with the same list, after a while."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s, self._parser = delay_s, httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._delay_s:
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, ANSWER)
        else:
            self._transport.write(ANSWER)


async def serve(told: Connection, delay_s: float) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: Echo(delay_s), "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _serve(told: Connection, delay_s: float) -> None:
    uvloop.run(serve(told, delay_s))


@contextmanager
def echo(delay_s: float = 0.0) -> Iterator[str]:
    """The address of a server in a process of its own."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, delay_s))
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def ours(url: str, rate: float | None) -> tuple[float, float, Latency | None]:
    """Answers a second, microseconds of a core per call, latency."""
    plan = Plan(url, "gk_1_2", rate, SECONDS, 0.5, N_CONNECTIONS)
    report = run(plan, itertools.repeat(CALL))
    assert not report.errors, report.errors
    return report.answers_per_s, report.own_cpu_us, report.latency


def wrk(url: str) -> tuple[float, float, tuple[float, float]]:
    """The same of wrk, and its p50 and p99 in ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["wrk", "-t1", f"-c{N_CONNECTIONS}", f"-d{SECONDS:.0f}s", "--latency", f"{url}/v1/recommend"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = re.search(r"(\d+) requests in", said)
    assert found, said
    p50, p99 = (_ms(said, share) for share in ("50%", "99%"))
    return int(found[1]) / SECONDS, cpu_s / int(found[1]) * 1e6, (p50, p99)


def _ms(said: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)\b", said)
    assert found, said
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


def library(opened: Callable[[str], object], url: str) -> tuple[float, float]:
    """The same of a client that sends one call after the other in as many tasks."""
    return asyncio.run(_library(opened, url))


async def _library(opened: Callable[[str], object], url: str) -> tuple[float, float]:
    n, end = 0, time.monotonic() + SECONDS
    async with opened(url) as send:  # type: ignore[attr-defined]

        async def work() -> None:
            nonlocal n
            while time.monotonic() < end:
                json.loads(await send())
                n += 1

        before = time.process_time()
        await asyncio.gather(*(work() for _ in range(N_CONNECTIONS)))
    return n / SECONDS, (time.process_time() - before) / n * 1e6


class WithAiohttp:
    """Calls by aiohttp."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v1/recommend"

    async def __aenter__(self) -> Send:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=N_CONNECTIONS))
        return self._send

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def _send(self) -> bytes:
        async with self._session.post(self._url, data=CALL[1]) as answer:
            return await answer.read()


class WithHttpx2:
    """Calls by httpx2."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v1/recommend"

    async def __aenter__(self) -> Send:
        self._client = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=N_CONNECTIONS))
        return self._send

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def _send(self) -> bytes:
        return (await self._client.post(self._url, content=CALL[1])).content


def main() -> None:
    """Print what each costs."""
    has_wrk = shutil.which("wrk") is not None
    with echo() as url:
        rate, cpu_us, _ = ours(url, None)
        print(f"{'never idle':24}{'calls/s':>10}{'us of a core per call':>24}{'times ours':>12}")
        rows = [("genre loadtest", rate, cpu_us), ("aiohttp", *library(WithAiohttp, url))]
        rows += [("httpx2", *library(WithHttpx2, url)), *([("wrk", *wrk(url)[:2])] if has_wrk else [])]
        for name, per_s, us in rows:
            print(f"{name:24}{per_s:10,.0f}{us:24.1f}{us / cpu_us:12.2f}")
        per_s, us, latency = ours(url, 100)
        print(f"\nat 100 calls a second: {per_s:.1f} reached, {us:.0f} us of a core per call; {_told(latency)}")
    with echo(DELAY_S) as url:
        print(f"a server that waits {DELAY_S * 1e3:.0f} ms, at 100 calls a second: {_told(ours(url, 100)[2])}")
        if has_wrk:
            print("the same by wrk, never idle: p50 {:.2f}, p99 {:.2f} ms".format(*wrk(url)[2]))


def _told(latency: Latency | None) -> str:
    assert latency is not None
    return f"p50 {latency.p50_ms:.2f}, p99 {latency.p99_ms:.2f} ms"


if __name__ == "__main__":
    main()
