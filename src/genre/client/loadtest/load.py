"""Load: calls at a fixed rate whatever the answers do, or one after the other on every connection."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from genre.client.address import authorization, checked_url
from genre.client.loadtest.pool import Call, Pool
from genre.client.loadtest.report import Report, latency_of, quantile
from genre.client.loadtest.tally import Tally

TELL_S = 1.0
N_AT_ONCE = 64
"""Calls that are sent without looking for answers, when the load is behind its rate."""
Calls = Iterator[tuple[str, bytes]]
Tell = Callable[[float, Sequence[float], int], None]


@dataclass(frozen=True)
class Plan:
    """Attributes:
    key: None: the one in the environment.
    rate: calls a second; None: as many as go, the next on a connection once the one before has its answer.
    warm_up_s: before the seconds that are counted.
    timeout_s: after it was due a call is given up.
    """

    url: str
    key: str | None = field(default=None, repr=False)
    rate: float | None = 100.0
    seconds: float = 30.0
    warm_up_s: float = 1.0
    n_connections: int = 16
    timeout_s: float = 10.0


def run(plan: Plan, calls: Calls, tell: Tell = lambda *_: None) -> Report:
    """Run a plan.

    Args:
        tell: hears every second how many of the counted seconds have gone, the latencies of the last one (seconds, in
            rising order), and how many calls failed so far.

    Raises:
        RequestError: the service cannot be reached.
    """
    # epoll waits whole milliseconds and would send that much too late; select does not
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        return runner.run(Load(plan, calls, tell).run())


class Load:
    """One run.

    A call is due at its place in the rate even while all connections wait, and its latency counts from then on: a
    service that stalls is charged with everybody who came meanwhile ("coordinated omission" otherwise).
    """

    def __init__(self, plan: Plan, calls: Calls, tell: Tell) -> None:
        self._plan, self._calls, self._tell = plan, calls, tell
        self._heads = Heads(plan.url, plan.key)
        self._pool = Pool(plan.url, plan.n_connections, plan.timeout_s, self._done)
        self._tally = Tally()
        self._start = self._end = 0.0

    async def run(self) -> Report:
        """Warm up, load, and wait for the last answers.

        Raises:
            RequestError: the service cannot be reached.
        """
        await self._pool.open()
        begin = time.monotonic()
        self._start = begin + self._plan.warm_up_s
        self._end = self._start + self._plan.seconds
        besides = [asyncio.create_task(one) for one in (self._pool.look(), self._telling(), self._measuring())]
        try:
            if self._plan.rate is None:
                await self._saturate()
            else:
                await self._at_rate(begin, self._plan.rate)
            while not self._pool.is_quiet:
                await asyncio.sleep(0.01)
        finally:
            for task in besides:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*besides)
            await self._pool.close()
        return self._report()

    async def _at_rate(self, begin: float, rate: float) -> None:
        for place in range(round(rate * (self._end - begin))):
            due = begin + place / rate
            wait_s = due - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            elif place % N_AT_ONCE == 0:
                await asyncio.sleep(0)
            self._pool.take(self._next(due))

    async def _saturate(self) -> None:
        for _ in range(self._plan.n_connections):
            self._pool.take(self._next(time.monotonic()))
        await asyncio.sleep(self._end - time.monotonic())

    def _next(self, due: float) -> Call:
        kind, body = next(self._calls)
        return Call(kind, self._heads.of(kind, body), due, self._start <= due < self._end)

    def _done(self, call: Call, status: int | str, body: bytes) -> None:
        now = time.monotonic()
        if call.is_counted:
            self._tally.done(call, status, body, now, now < self._end)
        if self._plan.rate is None and now < self._end:
            self._pool.take(self._next(now))

    async def _telling(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            seconds = max(0.0, time.monotonic() - self._start)
            self._tell(seconds, self._tally.seen(), self._tally.errors.total())

    async def _measuring(self) -> None:
        """Note what this program itself uses in the seconds that are counted."""
        await asyncio.sleep(self._start - time.monotonic())
        before = time.process_time()
        try:
            await asyncio.sleep(self._end - time.monotonic())
        finally:  # what came last may be answered before this wakes
            self._tally.own_cpu_s = time.process_time() - before

    def _report(self) -> Report:
        tally, plan = self._tally, self._plan
        kinds = {kind: latency_of(values) for kind, values in sorted(tally.latencies.items())}
        return Report(
            mode="saturate" if plan.rate is None else "rate",
            rate=plan.rate,
            n_connections=plan.n_connections,
            seconds=plan.seconds,
            n_calls=tally.n_calls,
            answers_per_s=tally.n_in_time / plan.seconds,
            latency=latency_of(tally.all_latencies()),
            kinds={kind: found for kind, found in kinds.items() if found is not None},
            errors=dict(sorted(tally.errors.items())),
            fallbacks=dict(sorted(tally.fallbacks.items())),
            late_p99_ms=quantile(sorted(tally.late), 0.99) * 1e3,
            own_cpu_us=tally.own_cpu_s / max(1, tally.n_calls) * 1e6,
        )


class Heads:
    """What stands before the body of a call, made once for each kind."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(checked_url(url))
        self._path = parts.path
        headers = {"host": parts.netloc, "content-type": "application/json", **authorization(key)}
        self._rest = " HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._known: dict[str, bytes] = {}

    def of(self, kind: str, body: bytes) -> bytes:
        """The whole call, as it is sent."""
        head = self._known.get(kind)
        if head is None:
            head = self._known[kind] = f"POST {self._path}/v1/{kind}{self._rest}content-length: ".encode()
        return b"%b%d\r\n\r\n%b" % (head, len(body), body)
