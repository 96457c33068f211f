"""Events: what users did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from genre.client._noun import Noun, parts
from genre.client.manner import SLOW
from genre.client.questions import Event
from genre.client.results import Taken

MOST_EVENTS = 1_000
"""The service's own limit of a batch, unless its settings say otherwise."""


class Events(Noun):
    """Telling what users did."""

    def send_events(self, events: Iterable[Event], batch: int = MOST_EVENTS) -> Taken:
        """Tell what users did; what is acknowledged is kept, and the next list follows from it.

        Batches go one after the other. Where one fails, those before are kept: send all again, for an event that came
        already is known by its event_id.

        Args:
            batch: events in one call; the service refuses more than its settings allow.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        new = known = 0
        unknown: dict[str, None] = {}
        for part in parts(events, batch):
            body = {"events": [_told(one) for one in part]}
            taken = self._wire.read(Taken, "POST", "/v1/events", body, SLOW)
            new, known = new + taken.new, known + taken.known
            unknown.update(dict.fromkeys(taken.unknown_items))
        return Taken(new, known, tuple(unknown))


def _told(event: Event) -> dict[str, Any]:
    at = event.at.isoformat() if isinstance(event.at, datetime) else event.at
    return {name: value for name, value in {**vars(event), "at": at}.items() if value is not None}
