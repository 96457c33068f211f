"""Examples for the OpenAPI document."""

from __future__ import annotations

from typing import Any

Examples = dict[str, dict[str, Any]]


def _one(value: Any) -> Examples:
    return {"example": {"value": value}}


USER_ID, ITEM_ID, VERSION, KEY_ID = _one("196"), _one("2001"), _one("2026-11-23"), _one("9f2c4b7a1d3e")
LIST: dict[str, Any] = {
    "recommendation_id": "5f0c1b0e8d3b4f6c9a7e2d1c0b9a8f7e",
    "model_version": "2026-11-23",
    "variant": "default",
    "items": [{"item_id": "50", "rank": 1, "score": 3.21}, {"item_id": "172", "rank": 2, "score": 2.94}],
    "fallback": "none",
    "short": None,
    "next_page": "eNqLVjI1UNJRMjQ3UooFABGNApc",
    "unknown_items": [],
}
RECOMMEND: Examples = {
    "user": {"summary": "A user", "value": {"user_id": "196", "k": 10}},
    "history": {"summary": "Somebody with a history", "value": {"history": ["50", "172"], "k": 10, "explain": True}},
    "filter": {
        "summary": "Only some items, some of them lifted",
        "value": {
            "user_id": "196",
            "filter": {"all": [{"column": "class", "contains": "Sci-Fi"}, {"column": "year", "at_least": 1980}]},
            "boost": [{"filter": {"column": "class", "contains": "Comedy"}, "by": 0.5}],
            "exclude": ["50"],
            "diversity": 0.2,
        },
    },
}
SIMILAR = _one({"items": ["50"], "k": 10})
SEARCH = _one({"text": "a robot that learns to feel", "user_id": "196", "k": 10})
RANK = _one({"user_id": "196", "items": ["50", "172", "181"]})
EVENTS = _one(
    {
        "events": [
            {"event_id": "7b1e", "user_id": "196", "item_id": "50", "type": "view", "at": "2026-11-23T21:00:00Z"},
            {"user_id": "196", "item_id": "172", "type": "rating", "value": 4.5},
        ]
    }
)
TAKEN = {"new": 2, "known": 0, "unknown_items": []}
ITEM = {"item_id": "2001", "movie_title": "A robot and a ship", "class": ["Sci-Fi"], "year": 2026}
ITEMS = _one({"items": [ITEM]})
ITEM_CHANGES = _one({"movie_title": "A robot and two ships"})
KEPT = {"kept": 1, "refused": {}}
GONE = _one({"items": ["2001", "2002"]})
WENT = {"deleted": 1, "unknown_items": ["2002"]}
DELETED = {"item_id": "2001", "deleted": True}
USERS = _one({"users": [{"user_id": "196", "age": 49, "occupation": "writer"}]})
USER_CHANGES = _one({"age": 50})
USER = {
    "user_id": "196",
    "columns": {"age": 49, "occupation": "writer"},
    "history": ["172", "50"],
    "events": [
        {
            "event_id": "7b1e",
            "user_id": "196",
            "item_id": "50",
            "type": "view",
            "at": 1795467600.0,
            "value": None,
            "recommendation_id": None,
        }
    ],
}
ERASED = {"erased_rows": 3}
MODELS = {
    "active": "2026-11-23",
    "versions": [
        {"version": "2026-11-20", "is_active": False, "is_loadable": True},
        {"version": "2026-11-23", "is_active": True, "is_loadable": True},
    ],
    "activations": [{"version": "2026-11-23", "at": 1795467600.0}],
    "indexes": [
        {
            "name": "liked",
            "type": "usearch",
            "n_rows": 1_204_311,
            "is_exact": False,
            "recall": 0.982,
            "effort": 128,
            "n_bytes": 612_368_384,
        }
    ],
}
ACTIVE = {"active": "2026-11-23", "before": "2026-11-20"}
NEW_KEY = _one({"name": "shop front", "scopes": ["public"], "rate_per_minute": 6000})
KEY = {
    "key_id": "9f2c4b7a1d3e",
    "name": "shop front",
    "tenant": "default",
    "scopes": ["public"],
    "created_at": 1795467600.0,
    "expires_at": None,
    "revoked_at": None,
    "rate_per_minute": 6000,
    "daily_quota": None,
}
MADE_KEY = {**KEY, "key": "gk_9f2c4b7a1d3e_..."}
KEYS = {"keys": [KEY]}
REVOKED = {"key_id": "9f2c4b7a1d3e", "revoked": True}
PROBLEM = {
    "type": "urn:genre:problem:422",
    "title": "The request does not fit",
    "status": 422,
    "detail": "events.0.user_id: is missing. Give it.",
    "faults": [{"where": "events.0.user_id", "what": "is missing.", "mend": "Give it."}],
    "request_id": "0a1b2c3d4e5f6071",
}
