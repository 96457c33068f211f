"""A PostgreSQL database that may go away and come back."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, select, text
from sqlalchemy.dialects import postgresql

from genre.core.errors import MissingExtraError
from genre.serving.store._database import Database, to_json
from genre.serving.store._tables import heads

if TYPE_CHECKING:
    from psycopg import Connection as Patient

T = TypeVar("T")
CONNECT_S, ANSWER_S, HEAD_S = 2, 5.0, 0.5
"""How long to wait for a connection, for the answer to one statement, and for the newest change: lists wait for it."""
DRIVER = {
    "connect_timeout": CONNECT_S,
    "application_name": "genre",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": round(1000 * ANSWER_S),
}
SCHEMA_LOCK = 0x67656E7265  # the word genre


class PostgresDatabase(Database):
    """A database on a server.

    Raises:
        MissingExtraError: psycopg is not installed.
    """

    mend = "Check that the server runs, and the address, the name and the rights of the user."
    # nobody waits for long behind a writer that hangs, and the server lets go of one that stopped in the middle
    begin = (
        "SELECT set_config('lock_timeout', '4s', true), set_config('idle_in_transaction_session_timeout', '10s', true)"
    )

    def __init__(self, url: URL) -> None:
        self._password = url.password or str(url.query.get("password", ""))
        engine = _engine(url)
        name = f"postgresql://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database or ''}"
        super().__init__(name, engine, engine.execution_options(isolation_level="AUTOCOMMIT"))

    def head(self, tenant: str) -> int | None:
        statement = select(heads.c.seq).where(heads.c.tenant == tenant)

        def look(connection: Connection) -> int | None:
            patient = connection.connection.driver_connection
            patient.patience_s = HEAD_S  # type: ignore[union-attr]
            found: int | None = connection.scalar(statement)
            patient.patience_s = ANSWER_S  # type: ignore[union-attr]
            return found

        return self.read(look)

    def insert(self, table: Table) -> Any:
        return postgresql.insert(table)

    def lock_schema(self, connection: Connection) -> None:
        """Wait for whoever migrates, without the haste of other statements."""
        connection.connection.driver_connection.patience_s = None  # type: ignore[union-attr]
        connection.detach()
        connection.execute(text("SELECT set_config('lock_timeout', '0', true)"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})

    def words(self, cause: BaseException) -> str:
        primary = getattr(getattr(cause, "diag", None), "message_primary", None)
        said = super().words(RuntimeError(primary) if primary else cause)
        return said.replace(self._password, "***") if self._password else said


def _engine(url: URL) -> Engine:
    patient = _patient()
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in DRIVER.items() if name not in url.query},
        json_serializer=to_json,
        hide_parameters=True,
        pool_size=8,
        max_overflow=16,
        pool_timeout=ANSWER_S,
    )

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, args: Any, options: Any) -> Any:
        return patient.connect(*args, **options)

    return engine


def _patient() -> type[Patient[Any]]:
    """A connection that gives up when the server holds it open and says nothing."""
    try:
        import psycopg
    except ImportError:
        raise MissingExtraError("psycopg", "postgres", "a store in PostgreSQL") from None

    class Patient(psycopg.Connection[Any]):
        patience_s: float | None = ANSWER_S

        def wait(self, gen: Any, interval: float = 0.1, *args: Any, **options: Any) -> Any:
            steps = gen if self.patience_s is None else _in_time(gen, self.patience_s)
            try:
                return super().wait(steps, interval, *args, **options)
            except TimeoutError as error:
                self.close()
                raise psycopg.OperationalError(str(error)) from None

    return Patient


def _in_time(steps: Generator[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    """The steps of one exchange with the server; after a while without an answer, a TimeoutError."""
    until = time.monotonic() + seconds
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise TimeoutError(f"the server has not answered for {seconds:g} s")
            wanted = steps.send(ready)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
