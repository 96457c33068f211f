"""Keys and audit in the database of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from genre.core.errors import Fault, RequestError
from genre.serving.store._database import Database
from genre.serving.store._storable import check_document, check_names, is_word
from genre.serving.store._tables import audit, keys, usage
from genre.serving.store.access import ApiKey, Audit, Keys, Note

WORDS = ("key_id", "digest", "name", "tenant")
NOTED = [audit.c[field.name] for field in fields(Note)]


class SqlKeys(Keys):
    """Keys and their use, in two tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey) -> None:
        check_names("key", **{name: getattr(key, name) for name in WORDS})
        values = asdict(key) | {"scopes": list(key.scopes)}
        statement = self._database.insert(keys).on_conflict_do_nothing().returning(keys.c.key_id).values(values)
        if self._database.write(lambda connection: connection.scalar(statement)) is None:
            raise RequestError(Fault("key.key_id", f"there is a key '{key.key_id}'.", "Choose another id."))

    def find(self, key_id: str) -> ApiKey | None:
        if not is_word(key_id):
            return None
        statement = select(keys).where(keys.c.key_id == key_id)
        row = self._database.read(lambda connection: connection.execute(statement).one_or_none())
        return None if row is None else _key(row)

    def all(self, tenant: str | None = None) -> list[ApiKey]:
        statement = select(keys).order_by(keys.c.created_at, keys.c.key_id)
        if tenant is not None:
            statement = statement.where(keys.c.tenant == tenant)
        return [_key(row) for row in self._database.read(lambda connection: connection.execute(statement).all())]

    def revoke(self, key_id: str, at: float) -> bool:
        if not is_word(key_id):
            return False
        good = (keys.c.key_id == key_id) & keys.c.revoked_at.is_(None)
        statement = update(keys).where(good).values(revoked_at=at)
        return self._database.write(lambda connection: connection.execute(statement).rowcount) == 1

    def count(self, key_id: str, day: date, n: int = 1) -> int:
        new = self._database.insert(usage).values(key_id=key_id, day=day, count=n)
        statement = new.on_conflict_do_update(
            index_elements=["key_id", "day"], set_={"count": usage.c.count + new.excluded.count}
        ).returning(usage.c.count)
        return self._database.write(lambda connection: connection.execute(statement).scalar_one())


class SqlAudit(Audit):
    """The notes of one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database, self._tenant = database, tenant

    @contextmanager
    def noting(self, note: Note) -> Iterator[None]:
        check_names("audit", key_id=note.key_id, action=note.action, subject=note.subject)
        check_document("audit.detail", note.detail)
        values = {**asdict(note), "tenant": self._tenant}
        with self._database.beside(lambda connection: connection.execute(insert(audit).values(values))):
            yield

    def newest(self, n: int) -> list[Note]:
        statement = select(*NOTED).where(audit.c.tenant == self._tenant).order_by(audit.c.id.desc()).limit(max(n, 0))
        return [Note(*row) for row in self._database.read(lambda connection: connection.execute(statement).all())]


def _key(row: Row[Any]) -> ApiKey:
    values = row._asdict()
    return ApiKey(**{**values, "scopes": tuple(values["scopes"])})
