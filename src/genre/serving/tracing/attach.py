"""Traces beside the API: spans of a process, sent in batches to a collector."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import FastAPI

import genre
from genre.core.errors import MissingExtraError
from genre.serving.tracing.settings import TraceSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from genre.serving.server.plan import Plan

PATH = "/v1/traces"
WAIT_S = 5
"""How long one batch may take; a collector that is away costs nothing but its spans."""


def attach_traces(app: FastAPI, plan: Plan) -> AbstractAsyncContextManager[None]:
    """Send a span for each request, and for its steps, to where the settings say.

    Raises:
        MissingExtraError: a package of OpenTelemetry is not installed.
    """
    assert plan.settings.trace is not None, "nobody asked for traces"
    provider = exporting(plan.settings.trace)
    trace_app(app, provider)
    return _running(provider)


def trace_app(app: FastAPI, provider: TracerProvider) -> None:
    """Let the application and its services tell of what they do."""
    from genre.serving.tracing.requests import TracedRequests
    from genre.serving.tracing.steps import trace_service, trace_store

    tracer = provider.get_tracer("genre", genre.__version__)
    app.add_middleware(TracedRequests, tracer=tracer)
    for tenant in app.state.desk.tenants.values():
        trace_service(tenant.service, tracer)
        for store in {id(one): one for one in (tenant.store, tenant.service.store)}.values():
            trace_store(store, tracer)


def exporting(settings: TraceSettings) -> TracerProvider:
    """What makes spans and sends them, from a thread of its own.

    Attributes of the service may come by OTEL_RESOURCE_ATTRIBUTES, secrets for the collector by
    OTEL_EXPORTER_OTLP_HEADERS.

    Raises:
        MissingExtraError: a package of OpenTelemetry is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        raise MissingExtraError("opentelemetry-exporter-otlp-proto-http", "trace", "trace") from None
    about = Resource.create({"service.name": "genre", "service.version": genre.__version__})
    provider = TracerProvider(ParentBased(TraceIdRatioBased(settings.sample)), about)
    exporter = OTLPSpanExporter(settings.endpoint.rstrip("/") + PATH, timeout=WAIT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


@asynccontextmanager
async def _running(provider: TracerProvider) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await to_thread.run_sync(provider.shutdown)
