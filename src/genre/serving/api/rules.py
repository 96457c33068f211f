"""Who may do what: one table for all routes; a route without a rule cannot be made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal["read", "events", "catalogue", "admin", "public"]
SCOPES: tuple[str, ...] = get_args(Scope)
Body = Literal["none", "small", "bulk"]


@dataclass(frozen=True)
class Rule:
    """Attributes:
    scopes: a key with any of them may; empty: everybody may, without a key.
    body: what the route reads.
    """

    scopes: frozenset[str]
    body: Body = "none"

    @property
    def is_open(self) -> bool:
        return not self.scopes

    def admits(self, scopes: tuple[str, ...]) -> bool:
        """Whether a key of these scopes may."""
        return self.is_open or not self.scopes.isdisjoint(scopes)


def _for(*scopes: Scope, body: Body = "none") -> Rule:
    return Rule(frozenset({"admin", *scopes}), body)


OPEN = Rule(frozenset())
RULES: dict[str, Rule] = {
    "POST /v1/recommend": _for("read", "public", body="small"),
    "GET /v1/recommend/{user_id}": _for("read", "public"),
    "POST /v1/similar": _for("read", "public", body="small"),
    "POST /v1/search": _for("read", "public", body="small"),
    "POST /v1/rank": _for("read", body="small"),
    "POST /v1/events": _for("events", "public", body="bulk"),
    "PUT /v1/items": _for("catalogue", body="bulk"),
    "POST /v1/items/delete": _for("catalogue", body="bulk"),
    "GET /v1/items/{item_id}": _for("read", "catalogue"),
    "PATCH /v1/items/{item_id}": _for("catalogue", body="small"),
    "DELETE /v1/items/{item_id}": _for("catalogue"),
    "PUT /v1/users": _for("catalogue", body="bulk"),
    "GET /v1/users/{user_id}": _for(),
    "PATCH /v1/users/{user_id}": _for("catalogue", body="small"),
    "DELETE /v1/users/{user_id}": _for(),
    "GET /v1/models": _for("read"),
    "POST /v1/models/{version}/activate": _for(),
    "POST /v1/models/rollback": _for(),
    "POST /v1/keys": _for(body="small"),
    "GET /v1/keys": _for(),
    "DELETE /v1/keys/{key_id}": _for(),
    "GET /metrics": _for("read"),
    "GET /health/live": OPEN,
    "GET /health/ready": OPEN,
    "GET /openapi.json": OPEN,
}
