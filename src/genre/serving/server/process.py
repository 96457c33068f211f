"""One process that answers."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from multiprocessing import parent_process
from typing import TYPE_CHECKING

from genre.core.errors import GenreError, StoreError
from genre.serving.server.plan import Plan

if TYPE_CHECKING:
    from fastapi import FastAPI

    from genre.serving.store.sql import SqlStore

AGAIN_S = 2.0
"""How long a worker that cannot begin waits before it tries again."""


def ready_to_compute(threads: int) -> None:
    """Let numeric libraries that are loaded from now on, here and in workers, take so many cores and no more."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def build_app(plan: Plan, store: SqlStore) -> FastAPI:
    """The API over all tenants, with what joins it; it closes the store when it has stopped.

    Raises:
        BundleError: one is missing or broken.
        StoreError: the store is out of reach.
    """
    from threadpoolctl import threadpool_limits

    from genre.serving.api.app import create_app
    from genre.serving.server.parts import attach_parts
    from genre.serving.server.tenants import open_tenants

    app = create_app(open_tenants(plan, store), store.keys, plan.settings.api)
    attach_parts(app, plan, store.close)
    threadpool_limits(plan.settings.threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(plan.settings.threads)
    gc.collect()
    gc.freeze()  # nobody is kept waiting while the collector looks at what stays: libraries, mostly
    return app


def begin_logs(plan: Plan) -> None:
    """One line of JSON for each request and fault, what the HTTP server says too."""
    from genre.serving.api.logs import write_logs

    write_logs()
    # what no line says need not be found out for each: docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # type: ignore[assignment]
    below, own = logging.getLogger("uvicorn"), logging.getLogger("genre.serving")
    below.handlers, below.propagate = own.handlers, False
    if not plan.settings.access_log:
        logging.getLogger("genre.serving.access").setLevel(logging.WARNING)


def build_worker(plan: Plan) -> FastAPI:
    """The application in a worker, which ends with its parent and waits for a store that is away.

    A fault ends it with exit code 1: while the server starts, that ends the server; later the worker is begun again.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin_logs(plan)
    faults = logging.getLogger("genre.serving.faults")
    while True:
        try:
            return _built(plan)
        except StoreError as error:
            faults.error("the store is out of reach: %s", error)
            time.sleep(AGAIN_S)
        except GenreError as error:
            faults.error("a worker cannot begin: %s", error)
            time.sleep(AGAIN_S)
            sys.exit(1)


def _built(plan: Plan) -> FastAPI:
    from genre.serving.store.open import open_store

    with ExitStack() as undo:
        store = open_store(plan.store)
        undo.callback(store.close)
        app = build_app(plan, store)
        undo.pop_all()
    return app


def _end_with_parent() -> None:
    """Nobody would stop workers whose parent was killed, and they would keep its port."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
