"""Streams beside the API: each worker is one more consumer."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from anyio import to_thread
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from genre.serving._redis import RedisServer
from genre.serving.store.shared import SharedStore
from genre.serving.stream.consumer import Consumer

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from genre.serving.server.plan import Plan


def attach_streams(app: FastAPI, plan: Plan) -> AbstractAsyncContextManager[None]:
    """A consumer for each tenant, while the application runs; `/metrics` tells how far they are behind."""
    settings, url, desk = plan.settings.stream, plan.redis, app.state.desk
    assert settings is not None and url is not None, "the plan has checked it"
    server, consumers = RedisServer(url), {}
    for name, tenant in desk.tenants.items():
        store = SharedStore(tenant.store, server)
        consumers[name] = Consumer(store, url, settings.of_tenant(name), settings)
        consumers[name].on_taken = desk.metrics.consumed(name)
    desk.metrics.watch(Lags(consumers))
    return running(consumers.values())


@asynccontextmanager
async def running(consumers: Iterable[Consumer]) -> AsyncIterator[None]:
    """Consumers in threads of their own, which finish the batch that they are at before they stop."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=[stop], name="genre-stream", daemon=True) for one in consumers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            await to_thread.run_sync(thread.join)


class Lags(Collector):
    """How far the consumers of each tenant are behind, as they last saw it."""

    def __init__(self, consumers: Mapping[str, Consumer]) -> None:
        self._consumers = consumers

    def collect(self) -> Iterable[Metric]:
        waiting = _gauge("entries", "Entries of the stream that no consumer has finished.")
        oldest = _gauge("oldest_seconds", "Age of the oldest of them.")
        away = _gauge("away", "1 while nothing is taken, as Redis or the store is away.")
        for name, consumer in self._consumers.items():
            progress = consumer.progress
            n_waiting = progress.lag.n_waiting
            waiting.add_metric([name], float("nan") if n_waiting is None else n_waiting + progress.lag.n_pending)
            oldest.add_metric([name], progress.lag.oldest_s)
            away.add_metric([name], float(bool(progress.away)))
        return [waiting, oldest, away]

    def describe(self) -> Iterable[Metric]:
        return []


def _gauge(name: str, words: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"genre_stream_{name}", words, labels=("tenant",))
