"""Around every request: an id, headers that browsers need, a line in the log, a measured time, and no traceback."""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genre.serving.api.logs import log_fault, log_request
from genre.serving.api.metrics import Metrics
from genre.serving.api.problems import Problem
from genre.serving.api.trace import Trace, begun

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}
ALONE = {"cross-origin-resource-policy": "same-origin"}
DATA = {"content-security-policy": "default-src 'none'; frame-ancestors 'none'", "cache-control": "no-store"}
"""For what is no page: data that nobody should show, run or keep."""
HTTPS = {"strict-transport-security": "max-age=31536000"}
GONE = 499


class Envelope:
    """The outermost layer of the application.

    Args:
        crosses: whether pages of other origins may read answers.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, is_https: bool, crosses: bool) -> None:
        self._app, self._metrics = app, metrics
        safe = {**SAFE, **(HTTPS if is_https else {}), **({} if crosses else ALONE)}
        self._pages, self._data = _raw(safe), _raw({**safe, **DATA})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace, start, status = begun(scope), time.perf_counter(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(message, trace)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            status = status or GONE
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, nobody outside hears of it
            log_fault(error, trace.request_id)
            if not status:
                await Problem(500).to_response(trace.request_id)(scope, receive, send_on)
        finally:
            seconds = time.perf_counter() - start
            self._metrics.answered(trace, status, seconds)
            log_request(trace, scope["method"], status, seconds)

    def _dress(self, message: Message, trace: Trace) -> None:
        headers = list(message["headers"])
        is_page = any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)
        there = {name for name, _ in headers}
        headers += [pair for pair in (self._pages if is_page else self._data) if pair[0] not in there]
        headers.append((b"x-request-id", trace.request_id.encode()))
        message["headers"] = headers


def _raw(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers.items())
