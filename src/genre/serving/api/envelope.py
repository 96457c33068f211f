"""Around every request: an id, headers that browsers need, a line in the log, a measured time, and no traceback."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
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
    "cross-origin-resource-policy": "same-origin",
}
DATA = {"content-security-policy": "default-src 'none'; frame-ancestors 'none'", "cache-control": "no-store"}
"""For what is no page: data that nobody should show, run or keep."""
HTTPS = {"strict-transport-security": "max-age=31536000"}
NO_ROUTE, GONE = "(none)", 499


class Envelope:
    """The outermost layer of the application.

    Args:
        crosses: whether pages of other origins may read answers.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, is_https: bool, crosses: bool) -> None:
        self._app, self._metrics = app, metrics
        self._safe = {**SAFE, **(HTTPS if is_https else {})}
        if crosses:
            del self._safe["cross-origin-resource-policy"]

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
            self._metrics.answered(trace.route or NO_ROUTE, trace.tenant, status, seconds)
            log_request(trace, scope["method"], status, seconds)

    def _dress(self, message: Message, trace: Trace) -> None:
        headers = MutableHeaders(scope=message)
        is_page = headers.get("content-type", "").startswith("text/html")
        for name, value in self._safe.items() if is_page else (*self._safe.items(), *DATA.items()):
            headers.setdefault(name, value)
        headers["x-request-id"] = trace.request_id
