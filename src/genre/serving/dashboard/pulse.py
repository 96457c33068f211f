"""How the service does: what its counters say of the last minute. Nothing is counted but while somebody looks."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from prometheus_client.samples import Sample

WINDOW_S, SMOOTH_S, KEPT_S = 60.0, 10.0, 300.0
LEAST_S = 0.5
"""Between two looks, however many pages are open."""
ASKED = "/v1/"


class Counted(Protocol):
    """What counts, such as the metrics of the API."""

    def refresh(self) -> None:
        """Look at what is no count anew, such as coverage; this may wait for the store."""

    def samples(self, tenant: str) -> Iterator[Sample]:
        """The counts of a tenant, one by one."""


@dataclass(frozen=True)
class Totals:
    """Counts since the process started.

    Attributes:
        seconds: requests by the upper bound of their time in seconds, each bound counting those below it too.
        lists: by what filled them up.
    """

    at: float
    seconds: Mapping[float, float] = field(default_factory=dict)
    lists: Mapping[str, float] = field(default_factory=dict)
    events: float = 0.0
    failed: float = 0.0
    coverage: float | None = None


@dataclass(frozen=True)
class Beat:
    """What happened between two moments.

    Attributes:
        at: of the later moment, in seconds of the clock.
        span_s: between them.
        p50_s, p99_s: time of a request that half, and 99 of 100, stay below; None: there was none.
        fallback: share of lists that the model did not fill alone; None: there was none.
        coverage: share of items that were listed lately; None: not counted.
    """

    at: float
    span_s: float
    requests_per_s: float
    events_per_minute: float
    failed_per_minute: float
    p50_s: float | None
    p99_s: float | None
    fallback: float | None
    coverage: float | None


class Pulse:
    """Of one tenant; any thread may feel it, and it may wait for the store.

    Args:
        clock: seconds.
    """

    def __init__(self, metrics: Counted, tenant: str, clock: Callable[[], float]) -> None:
        self._metrics, self._tenant, self._clock = metrics, tenant, clock
        self._kept: deque[Totals] = deque([Totals(clock())])
        self._feeling = threading.Lock()

    def feel(self) -> Beat:
        """The last minute, or what there is of it since somebody looked; at first all since the start."""
        with self._feeling:
            now = self._clock()
            if len(self._kept) == 1 or now - self._kept[-1].at >= LEAST_S:
                self._metrics.refresh()
                self._kept.append(totals(self._metrics.samples(self._tenant), now))
            while len(self._kept) > 2 and now - self._kept[0].at > KEPT_S:
                self._kept.popleft()
            return self._ending(len(self._kept) - 1, WINDOW_S)

    def history(self) -> list[Beat]:
        """Oldest first, each over some seconds."""
        with self._feeling:
            return [self._ending(place, SMOOTH_S) for place in range(1, len(self._kept))]

    def _ending(self, place: int, span_s: float) -> Beat:
        now = self._kept[place]
        before = self._kept[place - 1]
        for one in reversed(list(islice(self._kept, place))):
            if now.at - one.at > span_s:
                break
            before = one
        return between(before, now)


def totals(samples: Iterable[Sample], at: float) -> Totals:
    """Counts of one tenant, from what Prometheus would read."""
    seconds: dict[float, float] = {}
    lists: dict[str, float] = {}
    events = failed = 0.0
    coverage = None
    for one in samples:
        route = one.labels.get("route", "")
        if one.name == "genre_request_seconds_bucket" and ASKED in route:
            bound = float(one.labels["le"])
            seconds[bound] = seconds.get(bound, 0.0) + one.value
        elif one.name == "genre_requests_total" and ASKED in route and one.labels["status"].startswith("5"):
            failed += one.value
        elif one.name == "genre_lists_total":
            lists[one.labels["fallback"]] = lists.get(one.labels["fallback"], 0.0) + one.value
        elif one.name == "genre_events_total" and one.labels["known"] == "no":
            events += one.value
        elif one.name == "genre_coverage":
            coverage = one.value
    return Totals(at, seconds, lists, events, failed, coverage)


def between(before: Totals, now: Totals) -> Beat:
    """What happened from one moment to another; counts that fell, as of workers that began anew, are nothing."""
    span_s = max(now.at - before.at, 1e-9)
    seconds = {bound: max(0.0, n - before.seconds.get(bound, 0.0)) for bound, n in now.seconds.items()}
    lists = {word: max(0.0, n - before.lists.get(word, 0.0)) for word, n in now.lists.items()}
    n_lists = sum(lists.values())
    return Beat(
        at=now.at,
        span_s=span_s,
        requests_per_s=max(seconds.values(), default=0.0) / span_s,
        events_per_minute=max(0.0, now.events - before.events) / span_s * 60,
        failed_per_minute=max(0.0, now.failed - before.failed) / span_s * 60,
        p50_s=quantile(seconds, 0.5),
        p99_s=quantile(seconds, 0.99),
        fallback=1 - lists.get("none", 0.0) / n_lists if n_lists else None,
        coverage=now.coverage,
    )


def quantile(seconds: Mapping[float, float], share: float) -> float | None:
    """The time that a share of requests stay below, on a straight line between the bounds around it; of requests
    beyond the last bound that bound."""
    bounds = sorted(seconds)
    total = seconds[bounds[-1]] if bounds else 0.0
    if not total:
        return None
    low, n_low = 0.0, 0.0
    for bound in bounds:
        n = seconds[bound]
        if n >= share * total:
            return low if bound == float("inf") else low + (bound - low) * (share * total - n_low) / max(n - n_low, 1)
        low, n_low = bound, n
    return low
