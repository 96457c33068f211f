"""What Prometheus reads: what happened, by route, list and event; and the levels of the moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from genre.serving.answers import Answer
from genre.serving.api.levels import Levels
from genre.serving.api.tenants import Tenant
from genre.serving.api.trace import Trace
from genre.serving.stream.intake import Batch

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
AGES_S = (0.05, 0.25, 1.0, 5.0, 30.0, 60.0, 300.0, 1_800.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0)
BY_SOURCE = ("tenant", "source")
NOBODY, NO_ROUTE = "", "(none)"
"""Tenant of requests that no key came with, and what stands for paths that are none."""
REFUSALS = (401, 403, 429)
STREAM = "stream"
RECOMMENDED = "recommend"
"""The kind of lists that coverage is about."""
SAMPLE = 20
"""Events of a batch whose age is looked at, about."""


class Metrics:
    """Counts of one process; of all workers where PROMETHEUS_MULTIPROC_DIR names an empty folder.

    Args:
        n_keys: keys of a tenant that are good now; None: not read yet.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        tenants: Mapping[str, Tenant],
        n_keys: Callable[[str], int | None] = lambda tenant: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry = own = CollectorRegistry()
        self._watched: list[Collector] = []
        self._levels, self._clock = Levels(tenants, own, n_keys, clock), clock

        def count(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"genre_{name}", says, labels, registry=own)

        def time_of(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"genre_{name}", says, labels, buckets=buckets, registry=own)

        self._seconds = time_of("request_seconds", "Of requests.", BUCKETS_S, "route", "tenant")
        self._requests = count("requests", "By status.", "route", "tenant", "status")
        self._answered: dict[tuple[str, str | None, int], tuple[Histogram, Counter]] = {}  # as labels() is slow
        self._refusals = count("refusals", "Requests that a key did not open, or not now.", "tenant", "reason")
        self._lists = count("lists", "By what filled them up.", "tenant", "kind", "fallback")
        self._listed: dict[tuple[str, str, str], Counter] = {}
        self._short = count("short_lists", "Shorter than asked for.", "tenant", "kind")
        self._empty = count("empty_lists", "Without any item.", "tenant", "kind")
        self._away = count("away_lists", "Made while something could not be asked.", "tenant", "kind")
        self._events = count("events", "That were taken.", "tenant", "known")
        self._unread = count("stream_refused", "Entries that are no events.", "tenant")
        self._lag = time_of("event_lag_seconds", "From taking events to lists that follow.", BUCKETS_S, *BY_SOURCE)
        self._age = time_of("event_age_seconds", "From events to lists that follow, a sample.", AGES_S, *BY_SOURCE)

    def answered(self, trace: Trace, status: int, seconds: float) -> None:
        """A request is done."""
        key = (trace.route or NO_ROUTE, trace.tenant, status)
        found = self._answered.get(key)
        if found is None:
            route, of = key[0], trace.tenant or NOBODY
            found = self._seconds.labels(route, of), self._requests.labels(route, of, str(status))
            self._answered[key] = found
        found[0].observe(seconds)
        found[1].inc()
        if trace.refused is not None and status in REFUSALS:
            self._refusals.labels(trace.tenant or NOBODY, trace.refused).inc()

    def listed(self, tenant: str, kind: str, answer: Answer) -> None:
        """A list was made."""
        found = self._listed.get((tenant, kind, answer.fallback))
        if found is None:
            found = self._listed[tenant, kind, answer.fallback] = self._lists.labels(tenant, kind, answer.fallback)
        found.inc()
        if kind == RECOMMENDED:
            self._levels.coverage[tenant].listed(answer.items)
        if answer.short is not None:
            self._short.labels(tenant, kind).inc()
        if not answer.items:
            self._empty.labels(tenant, kind).inc()
        if answer.away:
            self._away.labels(tenant, kind).inc()

    def took(self, tenant: str, n_new: int, n_known: int) -> None:
        """Events came."""
        self._events.labels(tenant, "no").inc(n_new)
        self._events.labels(tenant, "yes").inc(n_known)

    def consumed(self, tenant: str) -> Callable[[Batch], None]:
        """What to call when entries of a stream were taken."""

        def took(batch: Batch) -> None:
            self.took(tenant, batch.n_new, batch.n_known)
            self._unread.labels(tenant).inc(batch.n_refused)
            if batch.n_new:
                self.settled(tenant, STREAM, max(0.0, self._clock() - batch.began_at), batch.times)

        return took

    def watch(self, collector: Collector) -> None:
        """Tell also what a collector says, which in each worker is the same."""
        self._watched.append(collector)
        self._registry.register(collector)

    def settled(self, tenant: str, source: str, seconds: float, times: Sequence[float]) -> None:
        """Lists follow new events from now on.

        Args:
            source: by which way they came, such as api.
            seconds: since they were taken.
            times: when they happened, seconds since 1970; of many only some are looked at.
        """
        self._lag.labels(tenant, source).observe(seconds)
        age, now = self._age.labels(tenant, source), self._clock()
        for at in times[:: max(1, len(times) // SAMPLE)]:
            age.observe(max(0.0, now - at))

    def refresh(self) -> None:
        """Look at the levels anew; this may wait for the store."""
        self._levels.refresh()

    def to_text(self, tenant: str | None) -> bytes:
        """As Prometheus reads it.

        Args:
            tenant: whose counts, and those of the process; None: of all.
        """
        self.refresh()
        return generate_latest(self._of(tenant))  # type: ignore[arg-type]

    def samples(self, tenant: str) -> Iterator[Sample]:
        """The counts of a tenant, one by one."""
        for metric in self._of(tenant).collect():
            yield from metric.samples

    def _of(self, tenant: str | None) -> _Mine:
        shown = CollectorRegistry()
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
            for one in self._watched:
                shown.register(one)
        else:
            shown = self._registry
        return _Mine(shown, tenant)


class _Mine:
    """What a registry holds of one tenant, and of no tenant in particular."""

    def __init__(self, registry: CollectorRegistry, tenant: str | None) -> None:
        self._registry, self._tenant = registry, tenant

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            if self._tenant is not None:
                metric.samples = [
                    one for one in metric.samples if one.labels.get("tenant", self._tenant) == self._tenant
                ]
            yield metric
