"""Reading and writing one database: whole transactions or nothing, and errors with a place and a mend."""

from __future__ import annotations

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from genre.core.errors import Fault, StoreError

T = TypeVar("T")

AT_ONCE_S = 0.1
"""A connection that was closed meanwhile is found out in no time; who had to wait need not try again."""
to_json = partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Database(ABC):
    """A database of either kind, reached by any number of threads.

    Attributes:
        where: what errors call it; without a password.
    """

    mend: ClassVar[str]
    begin: ClassVar[str]
    """The statement that opens a transaction which is going to write."""

    def __init__(self, where: str, writes: Engine, reads: Engine) -> None:
        self.where = where
        self._writes, self._reads = writes, reads
        self._one_writer: AbstractContextManager[Any] = nullcontext()
        self._beside = threading.local()

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` reads; it runs a second time when its connection turns out to be gone already."""
        with self.faults():
            since = time.monotonic()
            try:
                return self._read(work)
            except DBAPIError as error:
                if not error.connection_invalidated or time.monotonic() - since > AT_ONCE_S:
                    raise
                return self._read(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` as one transaction: on disk when this returns, undone when it raises.

        Raises:
            StoreError: the database is out of reach or refuses. If that happened as the transaction ended, nobody knows
                whether it was kept: write again.
        """
        with self.faults(), self._one_writer, self._begun() as connection:
            result = work(connection)
            if (also := getattr(self._beside, "work", None)) is not None:
                also(connection)
            connection.commit()
            self._beside.work = None
            return result

    @contextmanager
    def beside(self, also: Callable[[Connection], object]) -> Iterator[None]:
        """Do this too in the transaction of what this thread writes next; where it writes nothing, in one of its own.

        Nothing of it is done where the body raises before it wrote.
        """
        self._beside.work = also
        try:
            yield
            if self._beside.work is not None:
                self.write(lambda connection: None)
        finally:
            self._beside.work = None

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._reads.connect() as connection:
            return work(connection)

    def _begun(self) -> Connection:
        """A connection inside a transaction, a fresh one if the one that was kept is gone."""
        connection = self._writes.connect()
        try:
            connection.exec_driver_sql(self.begin)
        except DBAPIError as error:
            connection.close()
            if not error.connection_invalidated:
                raise
            connection = self._writes.connect()
            connection.exec_driver_sql(self.begin)
        return connection

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Raise what the database reports as a StoreError, without the statement and its values."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise self.fault(cause or error) from None

    def fault(self, cause: BaseException) -> StoreError:
        """An error of the driver as a user should read it."""
        return StoreError(Fault(self.where, f"cannot be used: {self.words(cause)}.", self.mend))

    def words(self, cause: BaseException) -> str:
        """What an error of the driver says, on one line and without values of rows."""
        said, _, _ = str(cause).partition("\n\t")  # then comes a hint of the driver
        return " ".join(said.split())[:300].rstrip(".")

    @abstractmethod
    def head(self, tenant: str) -> int | None:
        """The number of the tenant's newest change; None for a tenant that was never opened."""

    @abstractmethod
    def insert(self, table: Table) -> Any:
        """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""

    @abstractmethod
    def lock_schema(self, connection: Connection) -> None:
        """Keep others from migrating until the transaction ends."""

    def scrub(self) -> None:  # noqa: B027
        """Take what was deleted off the disk, as far as this kind of database can."""

    def close(self) -> None:
        """Let go of connections."""
        self._writes.dispose()
