"""What joins the API in a process: a dashboard, traces, a stream; each is imported where it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from genre.serving.server.plan import Plan

Running = AbstractAsyncContextManager[None]
Attach = Callable[[FastAPI, Plan], Running | None]
"""Adds routes and layers to the application, whose `state.desk` has the tenants; what it returns is entered in the
event loop before the first request, and left after the last."""


def parts_of(plan: Plan) -> Iterator[Attach]:
    """The parts that the settings ask for."""
    if plan.settings.dashboard is not None:
        yield _dashboard
    if plan.settings.stream is not None:
        from genre.serving.stream.attach import attach_streams

        yield attach_streams
    if plan.settings.trace is not None:
        from genre.serving.tracing.attach import attach_traces

        yield attach_traces


def attach_parts(app: FastAPI, plan: Plan, close: Callable[[], None]) -> None:
    """Let the parts join, start with the application and stop with it.

    Args:
        close: what to do when all have stopped.
    """
    running = [one for attach in parts_of(plan) if (one := attach(app, plan)) is not None]
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(close)
            await stack.enter_async_context(inner(app))
            for one in running:
                await stack.enter_async_context(one)
            yield

    app.router.lifespan_context = lifespan


def _dashboard(app: FastAPI, plan: Plan) -> None:
    from genre.serving.dashboard.mount import mount_dashboard

    mount_dashboard(app, plan.settings.dashboard, plan.settings.workers)
