"""A span for each request, with what the log says of it: the route and never the path, which may hold ids."""

from __future__ import annotations

from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genre.serving.api.trace import TRACE_ID, Trace, trace_of

QUIET = ("/health/", "/metrics", "/dashboard")
"""Paths that nobody needs spans of; those of the dashboard hold ids of users."""
SAID = {
    "http.route": "route",
    "genre.tenant": "tenant",
    "genre.key_id": "key_id",
    "enduser.pseudo.id": "user",
    "genre.model_version": "version",
    "genre.fallback": "fallback",
    "genre.refused": "refused",
}


class _Headers(Getter[Scope]):
    def get(self, carrier: Scope, key: str) -> list[str] | None:
        found = [value.decode("latin-1") for name, value in carrier["headers"] if name == key.encode()]
        return found or None

    def keys(self, carrier: Scope) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier["headers"]]


class TracedRequests:
    """Around the whole application; a span goes on from the sender's, if there is a header `traceparent`."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app, self._tracer = app, tracer
        self._propagator, self._headers = TraceContextTextMapPropagator(), _Headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(QUIET):
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        context = self._propagator.extract(scope, getter=self._headers)
        method = scope["method"] if scope["method"].isalpha() else "_OTHER"
        with self._tracer.start_as_current_span(
            method, context, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            scope[TRACE_ID] = format_trace_id(span.get_span_context().trace_id)
            try:
                await self._app(scope, receive, send_on)
            finally:
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.response.status_code", status)
                if status >= 500 or not status:
                    span.set_status(Status(StatusCode.ERROR))
                said = trace_of(scope)
                span.update_name(said.route or method)
                span.set_attributes(attributes_of(said))


def attributes_of(trace: Trace) -> dict[str, str]:
    """What a span says of a request."""
    said = {name: getattr(trace, field) for name, field in SAID.items()}
    _, _, said["http.route"] = (trace.route or "").partition(" ")
    return {"genre.request_id": trace.request_id, **{name: value for name, value in said.items() if value}}
