"""The tables of the store as they are after all migrations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Date, Double, Index, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine

# compared byte by byte in both databases, whatever the language of the server
WORD = Text().with_variant(Text(collation="C"), "postgresql")
DOCUMENT = JSON(none_as_null=True)
NUMBER = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()


def _column(name: str, type_: TypeEngine[Any] = WORD, *, key: bool = False, may_miss: bool = False) -> Column[Any]:
    return Column(name, type_, primary_key=key, nullable=may_miss, autoincrement=False)


heads = Table("heads", metadata, _column("tenant", key=True), _column("seq", NUMBER), _column("salt"))

events = Table(
    "events",
    metadata,
    _column("tenant", key=True),
    _column("seq", NUMBER, key=True),
    _column("event_id"),
    _column("user_id"),
    _column("item_id"),
    _column("type"),
    _column("at", Double()),
    _column("value", Double(), may_miss=True),
    _column("recommendation_id", may_miss=True),
    UniqueConstraint("tenant", "event_id", name="events_once"),
    Index("events_of_user", "tenant", "user_id", "at", "seq"),
)


def _records(name: str) -> Table:
    return Table(
        name,
        metadata,
        _column("tenant", key=True),
        _column("id", key=True),
        _column("seq", NUMBER),
        _column("columns", DOCUMENT, may_miss=True),
        UniqueConstraint("tenant", "seq", name=f"{name}_in_order"),
    )


sides = {"items": _records("items"), "users": _records("users")}

erasures = Table(
    "erasures",
    metadata,
    _column("tenant", key=True),
    _column("pseudonym", key=True),
    _column("seq", NUMBER),
    UniqueConstraint("tenant", "seq", name="erasures_in_order"),
)

activations = Table(
    "activations",
    metadata,
    _column("tenant", key=True),
    _column("seq", NUMBER, key=True),
    _column("version"),
    _column("at", Double()),
)

keys = Table(
    "keys",
    metadata,
    _column("key_id", key=True),
    _column("digest"),
    _column("name"),
    _column("tenant"),
    _column("scopes", DOCUMENT),
    _column("created_at", Double()),
    _column("expires_at", Double(), may_miss=True),
    _column("revoked_at", Double(), may_miss=True),
    _column("rate_per_minute", Integer(), may_miss=True),
    _column("daily_quota", Integer(), may_miss=True),
    Index("keys_of_tenant", "tenant", "created_at"),
)

usage = Table(
    "usage",
    metadata,
    _column("key_id", key=True),
    _column("day", Date(), key=True),
    _column("count", NUMBER),
)

audit = Table(
    "audit",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    _column("tenant"),
    _column("at", Double()),
    _column("key_id", may_miss=True),
    _column("action"),
    _column("subject", may_miss=True),
    _column("detail", DOCUMENT),
    Index("audit_of_tenant", "tenant", "id"),
)
