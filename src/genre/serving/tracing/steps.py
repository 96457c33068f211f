"""Spans for the steps of an answer, inside the span of its request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from opentelemetry.trace import Tracer, get_current_span

from genre.serving.service import Service
from genre.serving.store.base import Store

P = ParamSpec("P")
T = TypeVar("T")
OF_SERVICE = {"_person": "user", "_scores": "score", "_places": "rank"}
ASKED = ("head", "changes", "add_events", "events_of", "put", "change", "get", "erase", "activate", "activations")
OF_STORE = {name: f"store {name}" for name in ASKED}


def trace_service(service: Service, tracer: Tracer) -> None:
    """Let this service tell of reading users, scoring and ranking. Others stay as they are, and cost nothing."""
    _watch(service, OF_SERVICE, tracer)


def trace_store(store: Store, tracer: Tracer) -> None:
    """Let this store tell of its questions and writes."""
    _watch(store, OF_STORE, tracer)


def _watch(thing: object, names: Mapping[str, str], tracer: Tracer) -> None:
    for method, name in names.items():
        setattr(thing, method, _within(getattr(thing, method), name, tracer))


def _within(method: Callable[P, T], name: str, tracer: Tracer) -> Callable[P, T]:
    """The method inside a span, where a request is under way; what an error says stays out: it may hold ids."""

    @wraps(method)
    def traced(*args: P.args, **kwargs: P.kwargs) -> T:
        if not get_current_span().is_recording():
            return method(*args, **kwargs)
        with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False):
            return method(*args, **kwargs)

    return traced
