"""Logs as one JSON document a line; of users only pseudonyms, of keys only their ids, of errors no values."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from genre.serving.api.trace import Trace

access = logging.getLogger("genre.serving.access")
faults = logging.getLogger("genre.serving.faults")
SAID = "genre_said"
RARE = ("version", "fallback", "refused", "fault", "trace_id")
"""What a line has only where there is something to say."""


class JsonLines(logging.Formatter):
    """Time, level, name, message, and what else was said."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, SAID, {}),
        }
        return orjson.dumps(line, default=str).decode()


def write_logs(to: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send the logs of the service to a stream, standard error if none is given."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger("genre.serving")
    root.handlers, root.propagate = [handler], False
    root.setLevel(level)


def log_request(trace: Trace, method: str, status: int, seconds: float) -> None:
    """A line for a request."""
    if not access.isEnabledFor(logging.INFO):
        return
    said = {
        "request_id": trace.request_id,
        "route": trace.route or f"{method if method.isalpha() else '?'} (none)",
        "status": status,
        "ms": round(seconds * 1000, 3),
        "tenant": trace.tenant,
        "key_id": trace.key_id,
        "user": trace.user,
    }
    said |= {name: value for name in RARE if (value := getattr(trace, name)) is not None}
    access.info("request", extra={SAID: said})


def log_fault(error: BaseException, request_id: str | None = None) -> None:
    """A fault of the service: its kind and where it happened. Its words stay out: they may hold ids and secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    said = {"request_id": request_id, "error": type(error).__name__, "at": places}
    faults.error("fault", extra={SAID: said})
