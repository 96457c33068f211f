"""The stores that the benchmarks run on, and what they hold as their own programs see it, past all of GENRE."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.serving import postgres_server, redis_server
from tests.waiting import free_port

Row = tuple[Any, ...]


@contextmanager
def postgres() -> Iterator[postgres_server.PostgresServer]:
    """A server in a temporary folder, gone afterwards; it may be stopped, frozen and started again.

    Raises:
        SystemExit: PostgreSQL is not installed.
    """
    binaries = postgres_server._binaries()
    if binaries is None:
        raise SystemExit("initdb and postgres are not installed")
    with _folder("postgres") as folder:
        user = "nobody" if os.geteuid() == 0 else None
        server = postgres_server.PostgresServer(binaries, folder, user, free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            if server.process is not None and server.process.poll() is None:
                server.thaw()
                server.stop()


@contextmanager
def redis() -> Iterator[redis_server.Redis]:
    """As `postgres`, of Redis."""
    binary = shutil.which("redis-server")
    if binary is None:
        raise SystemExit("redis-server is not installed")
    with _folder("redis") as folder:
        server = redis_server.Redis(binary, folder, free_port())
        server.start()
        try:
            yield server
        finally:
            if server.process is not None and server.process.poll() is None:
                server.stop()


def rows_of(store: str, statement: str) -> Sequence[Row]:
    """What a store holds.

    Args:
        store: path of an SQLite file, or the URL of a PostgreSQL database.
    """
    if not store.startswith("postgresql://"):
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()
    import psycopg

    with psycopg.connect(store) as server:
        return server.execute(statement).fetchall()


def fault_of(store: str) -> str | None:
    """What an SQLite file says of its own state, if it is broken."""
    if store.startswith("postgresql://"):
        return None
    said = str(rows_of(store, "PRAGMA integrity_check")[0][0])
    return None if said == "ok" else said


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"genre-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
