"""What Prometheus reads: latency by route, lists and where they come from, events, items."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from genre.serving.answers import Answer
from genre.serving.api.tenants import Tenant

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NOBODY = ""
"""Tenant of requests that no key came with."""


class Metrics:
    """Counts of one process; of all workers where PROMETHEUS_MULTIPROC_DIR names an empty folder."""

    def __init__(self, tenants: Mapping[str, Tenant]) -> None:
        self._registry = own = CollectorRegistry()
        self._watched: list[Collector] = []
        self.watch(_Items(tenants))
        self._seconds = Histogram(
            "genre_request_seconds", "Of requests.", ("route", "tenant"), buckets=BUCKETS_S, registry=own
        )
        self._requests = Counter("genre_requests", "By status.", ("route", "tenant", "status"), registry=own)
        self._answered: dict[tuple[str, str | None, int], tuple[Histogram, Counter]] = {}  # as labels() is slow
        self._lists = Counter("genre_lists", "By what filled them up.", ("tenant", "kind", "fallback"), registry=own)
        self._short = Counter("genre_short_lists", "Shorter than asked for.", ("tenant", "kind"), registry=own)
        self._empty = Counter("genre_empty_lists", "Without any item.", ("tenant", "kind"), registry=own)
        self._events = Counter("genre_events", "That were taken.", ("tenant", "known"), registry=own)
        self._refused = Counter("genre_stream_refused", "Entries that are no events.", ("tenant",), registry=own)

    def answered(self, route: str, tenant: str | None, status: int, seconds: float) -> None:
        """A request is done."""
        found = self._answered.get((route, tenant, status))
        if found is None:
            of = tenant or NOBODY
            found = self._seconds.labels(route, of), self._requests.labels(route, of, str(status))
            self._answered[route, tenant, status] = found
        found[0].observe(seconds)
        found[1].inc()

    def listed(self, tenant: str, kind: str, answer: Answer) -> None:
        """A list was made."""
        self._lists.labels(tenant, kind, answer.fallback).inc()
        if answer.short is not None:
            self._short.labels(tenant, kind).inc()
        if not answer.items:
            self._empty.labels(tenant, kind).inc()

    def took(self, tenant: str, n_new: int, n_known: int) -> None:
        """Events came."""
        self._events.labels(tenant, "no").inc(n_new)
        self._events.labels(tenant, "yes").inc(n_known)

    def consumed(self, tenant: str) -> Callable[[int, int, int], None]:
        """What to call when entries of a stream were taken: with new events, known ones, and what is no event."""

        def took(n_new: int, n_known: int, n_refused: int) -> None:
            self.took(tenant, n_new, n_known)
            self._refused.labels(tenant).inc(n_refused)

        return took

    def watch(self, collector: Collector) -> None:
        """Tell also what a collector says, which in each worker is the same."""
        self._watched.append(collector)
        self._registry.register(collector)

    def to_text(self, tenant: str | None) -> bytes:
        """As Prometheus reads it.

        Args:
            tenant: whose counts; None: of all.
        """
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


class _Items(Collector):
    """Items that may be listed, counted when they are asked for."""

    def __init__(self, tenants: Mapping[str, Tenant]) -> None:
        self._tenants = tenants

    def collect(self) -> Iterable[Metric]:
        items = GaugeMetricFamily("genre_items", "Items that may be listed.", labels=("tenant",))
        refused = GaugeMetricFamily("genre_refused_items", "Items that could not be taken in.", labels=("tenant",))
        for name, tenant in self._tenants.items():
            items.add_metric([name], tenant.service.n_items)
            refused.add_metric([name], len(tenant.service.faults))
        return [items, refused]

    def describe(self) -> Iterable[Metric]:
        return []


class _Mine:
    """What a registry holds of one tenant."""

    def __init__(self, registry: CollectorRegistry, tenant: str | None) -> None:
        self._registry, self._tenant = registry, tenant

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            if self._tenant is not None:
                metric.samples = [one for one in metric.samples if one.labels.get("tenant") == self._tenant]
            yield metric
