"""Puts the dashboard on the API's application."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from genre.core.errors import MissingExtraError
from genre.serving.api.desk import Desk
from genre.serving.api.logs import faults, log_fault
from genre.serving.dashboard.gate import ROUTE, Gate
from genre.serving.dashboard.house import House
from genre.serving.dashboard.pulse import Pulse
from genre.serving.dashboard.sessions import Sessions
from genre.serving.dashboard.settings import DashboardSettings, check_workers
from genre.serving.dashboard.tries import Tries


def mount_dashboard(app: FastAPI, settings: DashboardSettings | None = None, n_workers: int = 1) -> None:
    """Serve the dashboard at /dashboard of an application that `create_app` made.

    Args:
        n_workers: processes that answer on the same port.

    Raises:
        ValueError: there are several workers.
        MissingExtraError: NiceGUI is not installed.
    """
    check_workers(n_workers)
    desk: Desk = app.state.desk
    settings = settings or DashboardSettings()
    house = House(
        settings,
        Sessions(settings.session_hours, desk.clock),
        Tries(settings.tries_per_minute, desk.clock),
        {name: Pulse(desk.metrics, name, desk.clock) for name in desk.tenants},
    )
    pages = _pages()
    gate = Gate(desk, house, pages)
    app.router.routes += [Route(ROUTE, _enter, methods=["GET"]), Mount(ROUTE, gate)]
    _start_with(app, pages)


async def _enter(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{ROUTE}/", 303)


@cache
def _pages() -> FastAPI:
    """NiceGUI with our pages; it is one for each process."""
    try:
        from nicegui import app, ui
    except ImportError:
        raise MissingExtraError("nicegui", "serve", "the dashboard") from None
    from genre.serving.dashboard import pages  # noqa: F401 - registers them

    logger = logging.getLogger("nicegui")
    logger.addFilter(_quiet)
    holder = FastAPI(openapi_url=None)
    ui.run_with(
        holder,
        title="GENRE",
        language="en-US",
        dark=None,
        tailwind=False,
        binding_refresh_interval=None,
        gzip_middleware_factory=None,
        show_welcome_message=False,
    )
    app.config.socket_io_js_transports = ["websocket"]
    return holder


def _quiet(record: logging.LogRecord) -> bool:
    """Faults go to the log of the service, without values; the rest of what NiceGUI says names addresses."""
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        log_fault(error)
    elif record.levelno >= logging.ERROR:
        faults.error("NiceGUI: %s:%d", record.pathname, record.lineno)
    return False


def _start_with(app: FastAPI, pages: FastAPI) -> None:
    own = app.router.lifespan_context

    @asynccontextmanager
    async def both(started: FastAPI) -> AsyncIterator[None]:
        async with pages.router.lifespan_context(pages), own(started):
            yield

    app.router.lifespan_context = both
