"""What producers put into a stream, as events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from genre.core.errors import Fault, RequestError, near
from genre.serving.api.bodies import PostedEvent
from genre.serving.records import Event

DOCUMENT = "event"
NUMBERS = ("at", "value")
DEAD_REASON, DEAD_ENTRY = "dead_reason", "dead_entry"
"""Fields that an entry has more when it was set aside: why, and which one it was."""


@dataclass(frozen=True)
class Entry:
    """One entry of a stream.

    Attributes:
        id: as Redis gave it: milliseconds since 1970, a dash, a number.
        fields: as they came.
    """

    stream: str
    id: str
    fields: Mapping[bytes, bytes]

    @property
    def name(self) -> str:
        """Stream and id; of an entry that was set aside, those that it had at first."""
        return self.fields.get(DEAD_ENTRY.encode(), f"{self.stream}/{self.id}".encode()).decode(errors="replace")

    @property
    def at(self) -> float:
        """When Redis took it, in seconds since 1970."""
        return moment_of(self.name.rpartition("/")[2])

    def to_event(self) -> Event:
        """The event in it: fields as in `POST /v1/events`, or one field `event` with all of them as JSON.

        Without an event_id it has the name of the entry, so that it is the same event however often it is read; one
        that does not say when it happened did when Redis took it.

        Raises:
            RequestError: it is no event; names every field that is at fault.
        """
        try:
            posted = PostedEvent.model_validate({"at": datetime.fromtimestamp(self.at, UTC), **self._told()})
        except ValidationError as error:
            raise RequestError(_fault(one) for one in error.errors(include_url=False)) from None
        return posted.model_copy(update={"event_id": posted.event_id or self.name}).to_event(self.at)

    def _told(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = {name.decode(): value.decode() for name, value in self.fields.items()}
            told = {name: value for name, value in told.items() if name not in (DEAD_REASON, DEAD_ENTRY)}
            if set(told) == {DOCUMENT}:
                told = json.loads(told[DOCUMENT])
        except (ValueError, RecursionError) as error:
            raise RequestError(Fault("entry", f"cannot be read: {error}.", "Write UTF-8 and JSON.")) from None
        if not isinstance(told, dict):
            raise RequestError(Fault(DOCUMENT, "is no JSON object.", 'Write {"user_id": ..., "item_id": ...}.'))
        return {name: _plain(name, value) for name, value in told.items() if value not in ("", None)}


def _plain(name: str, value: Any) -> Any:
    """Fields of a stream are texts: those that are numbers as numbers."""
    if name in NUMBERS and isinstance(value, str):
        with suppress(ValueError):
            return float(value)
    return value


def moment_of(id: str) -> float:
    """Seconds since 1970 of an id that Redis made."""
    head = id.partition("-")[0]
    return int(head) / 1000 if head.isdecimal() and len(head) < 16 else 0.0


def _fault(error: Any) -> Fault:
    place = ".".join(str(part) for part in error["loc"]) or DOCUMENT
    if error["type"] == "extra_forbidden":
        return Fault(place, "is no field of an event.", near(place, list(PostedEvent.model_fields)))
    return Fault(place, "is missing." if error["type"] == "missing" else f"{error['msg']}.")
