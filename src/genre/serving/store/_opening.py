"""From an address to a database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from genre.core.errors import Fault, StoreError
from genre.serving.store._database import Database

FORMS = "Write a path, sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME."
POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


def reached(url: str | Path) -> Database:
    """The database at an address, whatever is in it.

    Raises:
        StoreError: a file is out of reach, or the address is of no known form.
        MissingExtraError: the package for such a database is not installed.
    """
    if isinstance(url, Path) or "://" not in url:
        return _file(str(url))
    parts = _parts(url)
    if parts.drivername == "sqlite" and not parts.host:
        return _file(parts.database or "")
    if parts.drivername in POSTGRES:
        from genre.serving.store._postgres import PostgresDatabase

        return PostgresDatabase(parts)
    raise StoreError(Fault("store", f"'{parts.drivername}' is no kind of store.", FORMS))


def _file(path: str) -> Database:
    from genre.serving.store._sqlite import SqliteDatabase

    if path in ("", ":memory:"):
        raise StoreError(Fault("store", "has no file.", FORMS))
    return SqliteDatabase(Path(path))


def _parts(url: str) -> URL:
    """The parts of an address; one that cannot be read is not repeated, for it may hold a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(Fault("store", "the address cannot be read.", FORMS)) from None
