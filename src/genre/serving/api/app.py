"""The application: tenants and their services behind routes that are guarded, measured and described."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

from anyio import to_thread
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import genre
from genre.core.errors import GenreError
from genre.serving.api.desk import Desk
from genre.serving.api.document import DESCRIPTION, describe, extra_of, responses_of
from genre.serving.api.door import Door
from genre.serving.api.envelope import Envelope
from genre.serving.api.guard import GuardedRoute
from genre.serving.api.limits import Quotas, Rates
from genre.serving.api.logs import log_fault
from genre.serving.api.metrics import Metrics
from genre.serving.api.problems import Problem, answer_error, answer_problem, of_http
from genre.serving.api.routes import events, health, items, keys, lists, models, users
from genre.serving.api.security import KeyRing
from genre.serving.api.settings import ApiSettings
from genre.serving.api.tenants import Tenant
from genre.serving.api.trace import trace_of
from genre.serving.store.access import Keys

DOORS: tuple[Door, ...] = tuple(
    door for noun in (lists, events, items, users, models, keys, health) for door in noun.DOORS
)


def create_app(
    tenants: Tenant | Iterable[Tenant],
    kept_keys: Keys,
    settings: ApiSettings | None = None,
    clock: Callable[[], float] = time.time,
    ticks: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """The API over one or several services.

    Args:
        kept_keys: of all tenants; which one a request is about is told by its key alone.
        clock: seconds since 1970.
        ticks: seconds, for rates and ages.
    """
    settings = settings or ApiSettings()
    served = {one.name: one for one in ([tenants] if isinstance(tenants, Tenant) else tenants)}
    ring, rates = KeyRing(kept_keys, settings, clock, ticks), Rates(settings, ticks)
    metrics = Metrics(served, ring.n_good, clock)
    desk = Desk(served, kept_keys, settings, metrics, ring, rates, Quotas(kept_keys, clock, ticks), clock)
    app = FastAPI(
        title="GENRE",
        version=genre.__version__,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(desk),
        exception_handlers={Problem: answer_problem, GenreError: answer_error, HTTPException: _answer_http},
    )
    app.state.desk = desk
    for door in DOORS:
        _open(app, door)
    app.openapi = partial(describe, app, DOORS)  # type: ignore[method-assign]
    _wrap(app, settings, metrics)
    return app


def _open(app: FastAPI, door: Door) -> None:
    app.router.add_api_route(
        door.path,
        door.enter,
        methods=[door.method],
        status_code=door.status,
        summary=door.summary,
        operation_id=door.enter.__name__,
        response_model=None,
        responses=responses_of(door),
        route_class_override=GuardedRoute,
        openapi_extra=extra_of(door),
    )


def _wrap(app: FastAPI, settings: ApiSettings, metrics: Metrics) -> None:
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-request-id"],
            expose_headers=["x-request-id", "retry-after", "genre-away"],
            max_age=600,
        )
    app.add_middleware(Envelope, metrics=metrics, is_https=settings.is_https, crosses=bool(settings.cors_origins))


def _lifespan(desk: Desk) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(_follow(desk))
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            await desk.quotas.close()

    return lifespan


async def _follow(desk: Desk) -> None:
    """Answer with what another process activated, a moment later; what keeps one tenant from it is logged.

    Levels are looked at as often, so that each worker can tell how the others do.
    """
    while True:
        await asyncio.sleep(desk.settings.follow_s)
        await to_thread.run_sync(desk.metrics.refresh)
        for tenant in desk.tenants.values():
            try:
                await to_thread.run_sync(tenant.follow)
            except GenreError as error:
                log_fault(error)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    routes = [one for one in request.app.routes if isinstance(one, Route)]
    path = request.scope["path"]
    exact = [one for one in routes if one.path == path]  # a path with parameters that would take it comes after
    methods = {method for one in exact or routes if one.path_regex.match(path) for method in one.methods or ()}
    return of_http(error, methods).to_response(trace_of(request.scope).request_id)
