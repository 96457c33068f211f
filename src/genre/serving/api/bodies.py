"""Bodies and queries of requests, beside the questions of the service."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Any

import orjson
from pydantic import Field

from genre.serving._json_types import MAX_K, WORDS, Id, Moment, Number, Page, Rate
from genre.serving.api.rules import Scope
from genre.serving.questions import Question
from genre.serving.records import Event
from genre.serving.settings import Section

MOST_ROWS = 100_000
Row = dict[str, Any]


class RecommendQuery(Question):
    """A list for the user in the path."""

    k: int = Field(10, ge=1, le=MAX_K, description="Length of the list.", examples=[5])
    scenario: str = Field("for_you", max_length=64, description="for_you, popular, new, or one of the settings' own.")
    diversity: float | None = Field(None, ge=0, le=1, description="0: by relevance alone, 1: by difference alone.")
    explain: bool = Field(False, description="Say of each item why it is there.")
    page: Page | None = Field(None, description="`next_page` of the answer before.")


class PostedEvent(Question):
    """One thing that a user did with an item."""

    event_id: Id | None = Field(
        None,
        description="What comes again under the same id is the same event. Without one, an event that has `at` gets an"
        " id made from its content, one without `at` a new one.",
    )
    user_id: Id
    item_id: Id
    type: Annotated[str, Field(min_length=1, max_length=64, pattern=WORDS)] = Field(
        description="A word: impression, view, click, purchase, dislike ..."
    )
    at: Moment | None = Field(
        None,
        description="When it happened: ISO 8601 with a time zone, or seconds since 1970 (milliseconds from 2e10 on).",
    )
    value: Number | None = Field(None, description="A rating, or how much.")
    recommendation_id: Id | None = Field(None, description="Of the answer that it followed.")

    def to_event(self, now: float) -> Event:
        """As the service takes it.

        Args:
            now: seconds since 1970, for an event that does not say when.
        """
        at = now if self.at is None else self.at.timestamp()
        id = self.event_id or (secrets.token_hex(16) if self.at is None else self._content_id(at))
        return Event(id, self.user_id, self.item_id, self.type, at, self.value, self.recommendation_id)

    def _content_id(self, at: float) -> str:
        content = [self.user_id, self.item_id, self.type, at, self.value, self.recommendation_id]
        return hashlib.sha256(orjson.dumps(content)).hexdigest()[:40]


class EventsBody(Section):
    """A batch of events: all of it is kept, or nothing."""

    events: list[PostedEvent] = Field(min_length=1, max_length=MOST_ROWS)


class ItemsBody(Section):
    """Items as they are now, with the columns of the model's table of items."""

    items: list[Row] = Field(min_length=1, max_length=MOST_ROWS, description="Each with its item_id.")


class GoneBody(Question):
    """Items to be deleted."""

    items: list[Id] = Field(min_length=1, max_length=MOST_ROWS, description="Their ids.")


class UsersBody(Section):
    """Users as they are now, with the columns of the model's table of users."""

    users: list[Row] = Field(min_length=1, max_length=MOST_ROWS, description="Each with its user_id.")


class KeyBody(Section):
    """A key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=WORDS)] = Field(description="What it is for.")
    scopes: tuple[Scope, ...] = Field(
        min_length=1,
        max_length=5,
        description="read: questions. events: post events. catalogue: items and users. admin: everything. public: for"
        " browsers; questions and events, but nothing of what is kept.",
    )
    expires_at: Moment | None = Field(None, description="From then on it opens nothing; None: it does not expire.")
    rate_per_minute: Rate | None = Field(None, description="Requests a minute, in each process.")
    daily_quota: Rate | None = Field(None, description="Requests a day (UTC), of all processes.")
