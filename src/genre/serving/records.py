"""What a service is told and keeps: events, items and users as they are posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["items", "users"]
Kind = Literal["event", "item", "user", "erasure", "activation"]


@dataclass(frozen=True)
class Event:
    """One thing that a user did with an item.

    Attributes:
        event_id: of the sender; an event that comes again under the same id is the same event.
        type: a word, such as view, click, purchase.
        value: a rating, or how much; None: nothing said.
        at: seconds since 1970, when it happened.
        recommendation_id: of the answer that it followed, if any.
    """

    event_id: str
    user_id: str
    item_id: str
    type: str
    at: float
    value: float | None = None
    recommendation_id: str | None = None


@dataclass(frozen=True)
class Record:
    """An item or a user as posted.

    Attributes:
        id: item_id or user_id.
        columns: what is known of it by column; None: it was deleted, and its id stays taken.
    """

    id: str
    columns: Mapping[str, Any] | None


@dataclass(frozen=True)
class Change:
    """One entry of the log that every process of a service follows.

    Attributes:
        seq: rises by one or more from change to change; a reader that has seen n has seen all up to n.
        content: an event; an item or user as it is now; the pseudonym of a user who was erased; the version of a model.
    """

    seq: int
    kind: Kind
    content: Event | Record | str
