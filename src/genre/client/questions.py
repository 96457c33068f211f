"""What a service is asked and told. The service itself checks it: what does not fit comes back by its name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

Filter = Mapping[str, Any]
"""{"column": "year", "at_least": 1980}, or {"all": [...]}, {"any": [...]}, {"not": ...} of such."""


class Boost(TypedDict):
    """Items to lift or lower, by standard deviations of the user's scores."""

    filter: Filter
    by: float


class Limits(TypedDict, total=False):
    """Which items an answer may hold, and how many."""

    k: int
    filter: Filter | None
    exclude: Sequence[str]


class Asker(TypedDict, total=False):
    """Somebody without a user_id: items touched, oldest first, and columns of the table of users."""

    history: Sequence[str] | None
    profile: Mapping[str, Any] | None


class RecommendMore(Asker, Limits, total=False):
    """What `recommend` takes beside a user."""

    scenario: str
    boost: Sequence[Boost]
    diversity: float | None
    explain: bool
    page: str | None


class SearchMore(Asker, Limits, total=False):
    """What `search` takes beside a text."""

    user_id: str | None
    personal: float


class RankMore(Asker, total=False):
    """What `rank` takes beside items."""

    user_id: str | None
    explain: bool


class KeyMore(TypedDict, total=False):
    """Limits of a new key."""

    expires_at: datetime | float | None
    rate_per_minute: int | None
    daily_quota: int | None


@dataclass(frozen=True)
class Event:
    """One thing that a user did with an item.

    Attributes:
        type: a word, such as view, click, purchase.
        at: when: with a time zone, or seconds since 1970; None: when it arrives.
        value: a rating, or how much.
        recommendation_id: of the answer that it followed.
        event_id: made with the event, so that the same event sent twice is kept once.
    """

    user_id: str
    item_id: str
    type: str
    at: datetime | float | None = None
    value: float | None = None
    recommendation_id: str | None = None
    event_id: str = field(default_factory=lambda: uuid.uuid4().hex)
