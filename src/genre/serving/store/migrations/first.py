"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of the log, of access and of the audit."""
    op.create_table("heads", *_needed("tenant"), _number("seq"), *_needed("salt"), sa.PrimaryKeyConstraint("tenant"))
    _make_events()
    for name in ("items", "users"):
        op.create_table(
            name,
            *_needed("tenant", "id"),
            _number("seq"),
            sa.Column("columns", sa.JSON, nullable=True),
            sa.PrimaryKeyConstraint("tenant", "id"),
            sa.UniqueConstraint("tenant", "seq", name=f"{name}_in_order"),
        )
    op.create_table(
        "erasures",
        *_needed("tenant", "pseudonym"),
        _number("seq"),
        sa.PrimaryKeyConstraint("tenant", "pseudonym"),
        sa.UniqueConstraint("tenant", "seq", name="erasures_in_order"),
    )
    op.create_table(
        "activations",
        *_needed("tenant"),
        _number("seq"),
        *_needed("version"),
        _moment("at"),
        sa.PrimaryKeyConstraint("tenant", "seq"),
    )
    _make_access()


def _make_events() -> None:
    op.create_table(
        "events",
        *_needed("tenant"),
        _number("seq"),
        *_needed("event_id", "user_id", "item_id", "type"),
        _moment("at"),
        sa.Column("value", sa.Double, nullable=True),
        sa.Column("recommendation_id", WORD, nullable=True),
        sa.PrimaryKeyConstraint("tenant", "seq"),
        sa.UniqueConstraint("tenant", "event_id", name="events_once"),
    )
    op.create_index("events_of_user", "events", ["tenant", "user_id", "at", "seq"])


def _make_access() -> None:
    op.create_table(
        "keys",
        *_needed("key_id", "digest", "name", "tenant"),
        sa.Column("scopes", sa.JSON, nullable=False),
        _moment("created_at"),
        sa.Column("expires_at", sa.Double, nullable=True),
        sa.Column("revoked_at", sa.Double, nullable=True),
        sa.Column("rate_per_minute", sa.Integer, nullable=True),
        sa.Column("daily_quota", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_index("keys_of_tenant", "keys", ["tenant", "created_at"])
    op.create_table(
        "usage",
        *_needed("key_id"),
        sa.Column("day", sa.Date, nullable=False),
        _number("count"),
        sa.PrimaryKeyConstraint("key_id", "day"),
    )
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        *_needed("tenant"),
        _moment("at"),
        sa.Column("key_id", WORD, nullable=True),
        *_needed("action"),
        sa.Column("subject", WORD, nullable=True),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("audit_of_tenant", "audit", ["tenant", "id"])


def _needed(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, WORD, nullable=False) for name in names]


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False)


def _moment(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False)
