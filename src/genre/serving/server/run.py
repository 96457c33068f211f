"""Serve until told to stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from genre.core.errors import MissingExtraError
from genre.serving.server.plan import Plan

if TYPE_CHECKING:
    from genre.serving.server.first_start import Served
    from genre.serving.store.sql import SqlStore

PACKAGES = ("fastapi", "uvicorn", "httptools", "sqlalchemy", "alembic", "orjson", "prometheus_client")
HEALTH_S = 60
"""A worker that says nothing for so long is begun again; reading a large model may keep it as long."""
Announce = Callable[[Sequence[int]], None]


def serve(plan: Plan) -> int:
    """Serve until SIGTERM or SIGINT, then answer what is under way and stop; the exit code.

    Raises:
        MissingExtraError: a package is not installed.
        RecipeError: the settings do not fit this machine: the port is in use, a certificate missing.
        BundleError: a bundle is missing or broken.
        StoreError: the store is out of reach.
    """
    began = time.monotonic()
    check_packages()
    from genre.serving.server.doors import bound_socket, check_exposure, check_tls, url_of
    from genre.serving.server.first_start import first_keys
    from genre.serving.server.telling import Begun, peak_mib, tell_begun, tell_keys

    settings = plan.settings
    check_exposure(settings)
    if settings.tls is not None:
        check_tls(settings.tls)
    with _stopping(_leave), bound_socket(settings.host, settings.port) as listening:
        store, answering = _prepared(plan)

        def announce(pids: Sequence[int]) -> None:
            seconds = time.monotonic() - began
            tell_keys(first_keys(plan, store))
            tell_begun(plan, Begun(url_of(settings, listening), answering, store.where, seconds, peak_mib(pids)))

        if settings.workers == 1:
            return _serve_alone(plan, store, listening, announce)
        with closing(store):
            return _serve_together(plan, listening, announce)


def _prepared(plan: Plan) -> tuple[SqlStore, list[Served]]:
    """The store, and what is answered from; the logs are open. Keys come later: once it answers they are told."""
    from genre.serving._redis import RedisServer
    from genre.serving.server.first_start import check_key_file, served
    from genre.serving.server.process import begin_logs
    from genre.serving.server.tenants import bundles_at
    from genre.serving.store.open import open_store

    for path in plan.bundles.values():
        bundles_at(path)
    if plan.redis is not None:
        RedisServer(plan.redis).close()
    store = open_store(plan.store)
    check_key_file(plan, store)
    answering = served(plan, store)
    begin_logs(plan)
    return store, answering


def check_packages() -> None:
    """Refuse to begin without what serving needs.

    Raises:
        MissingExtraError: names the extra that brings it.
    """
    for package in (*PACKAGES, *(("uvloop",) if sys.platform != "win32" else ())):
        if find_spec(package) is None:
            raise MissingExtraError(package, "serve", "genre serve")


def _serve_alone(plan: Plan, store: SqlStore, listening: socket.socket, announce: Announce) -> int:
    from uvicorn import Server

    from genre.serving.server.process import build_app

    class Alone(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce([os.getpid()])

    server = Alone(_config(plan, build_app(plan, store)))
    with _stopping(signal.SIG_IGN):  # the server has handlers of its own and raises the signal again at its end
        server.run([listening])
    return 0


def _serve_together(plan: Plan, listening: socket.socket, announce: Announce) -> int:
    from genre.serving.server.process import build_worker
    from genre.serving.server.workers import Workers, shared_metrics

    config = _config(plan, partial(build_worker, plan), factory=True)
    with shared_metrics():
        workers = Workers(config, listening, announce)
        workers.run()
    return 1 if workers.has_failed else 0


def _config(plan: Plan, app: Any, factory: bool = False) -> Any:
    from uvicorn import Config

    settings, tls = plan.settings, plan.settings.tls
    return Config(
        app,
        factory=factory,
        loop="auto" if sys.platform == "win32" else "uvloop",
        http="httptools",
        workers=settings.workers,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=settings.drain_s,
        timeout_worker_healthcheck=HEALTH_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_keyfile_password=tls.password.reveal() if tls and tls.password else None,
    )


@contextmanager
def _stopping(handler: Any) -> Iterator[None]:
    """What SIGTERM and SIGINT do meanwhile."""
    before = {sign: signal.signal(sign, handler) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for sign, old in before.items():
            signal.signal(sign, old)


def _leave(*_: Any) -> None:
    sys.exit(0)
