"""One SQLite file in WAL mode, written by several threads and processes in turn."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, Table, create_engine
from sqlalchemy.dialects import sqlite

from genre.core.errors import Fault, StoreError
from genre.serving.store._database import Database, to_json

OLDEST = (3, 35, 0)
WAIT_S = 10.0
"""How long a writer waits for writers of other processes."""
PRAGMAS = {
    "busy_timeout": round(1000 * WAIT_S),
    "synchronous": "FULL",  # each commit is synced: it outlives a loss of power
    "fullfsync": "ON",
    "foreign_keys": "ON",
    "secure_delete": "ON",  # what is deleted is overwritten with zeros
}
HEAD = "SELECT seq FROM heads WHERE tenant = ?"

_creating = Lock()


class SqliteDatabase(Database):
    """One file. Writers of this process queue at a lock, which is fairer and quicker than SQLite's own waiting.

    Raises:
        StoreError: the file cannot be made or written, or lies where SQLite cannot keep a write-ahead log.
    """

    mend = "Give a file in a folder of a local disk that this process may write."
    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path) -> None:
        self._path = path
        engine = _engine(path)
        super().__init__(str(path), engine, engine)
        self._one_writer = Lock()
        self._heads, self._head_lock = self._prepared(), Lock()

    def head(self, tenant: str) -> int | None:
        """On a connection of its own, past all layers: a few microseconds."""
        try:
            with self._head_lock:
                found = self._heads.execute(HEAD, (tenant,)).fetchall()
        except sqlite3.Error as error:
            raise self.fault(error) from None
        return found[0][0] if found else None

    def insert(self, table: Table) -> Any:
        return sqlite.insert(table)

    def lock_schema(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE has locked it."""

    def scrub(self) -> None:
        """Write the file anew without traces, and cut the log to nothing; takes as long as copying the file.

        Deleting overwrites a row with zeros, but not the copies that a page keeps of rows which moved to another.
        """
        with self.faults(), self._one_writer, self._reads.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if is_busy:
            raise StoreError(Fault(self.where, "holds deleted rows in its log while someone reads.", "Erase again."))

    def close(self) -> None:
        super().close()
        self._heads.close()

    def _prepared(self) -> sqlite3.Connection:
        """A connection to the file, which is there and in WAL mode."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise self.fault(RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old, 3.35 is needed"))
        try:
            _create(self._path)
            connection = _connect(self._path)
            mode = _logging_ahead(connection)
        except (OSError, sqlite3.Error) as error:
            raise self.fault(error) from None
        if mode != "wal":
            raise StoreError(Fault(self.where, "lies where SQLite cannot keep a write-ahead log.", self.mend))
        return connection


def _engine(path: Path) -> Engine:
    return create_engine(
        "sqlite://",
        creator=lambda: _connect(path),
        poolclass=QueuePool,
        json_serializer=to_json,
        hide_parameters=True,
        pool_size=8,
        max_overflow=16,
        pool_timeout=WAIT_S,
    )


def _create(path: Path) -> None:
    """Make a missing file, for its owner alone to read.

    One that exists is not touched: closing it here would drop the locks that SQLite holds on it in this process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _creating:
        if not path.exists():
            path.touch(mode=0o600)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    return connection


def _logging_ahead(connection: sqlite3.Connection) -> str:
    """Turn on WAL mode; SQLite does not wait here for others who do the same, so this tries again."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.01)
