"""Where events go, and what becomes of them there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from genre.core.errors import RequestError
from genre.serving.records import Event


class Sink(Protocol):
    """What keeps events, each once: a store, or a service."""

    def head(self) -> int:
        """Whether it is there.

        Raises:
            StoreError: it is away.
        """

    def add_events(self, events: Sequence[Event]) -> list[bool]:
        """Keep all of them, or none; for each, whether it is new.

        Raises:
            RequestError: some cannot be kept as they are.
            StoreError: it is away.
        """


@dataclass(frozen=True)
class Outcome:
    """What became of a batch.

    Attributes:
        refused: places in the batch, and why these cannot be kept.
    """

    n_new: int = 0
    n_known: int = 0
    refused: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Batch:
    """What became of entries that were read together.

    Attributes:
        n_refused: entries that are no events.
        began_at: when the stream took the oldest of them, seconds since 1970.
        times: when the events happened, seconds since 1970.
    """

    n_new: int
    n_known: int
    n_refused: int
    began_at: float
    times: tuple[float, ...]


def take(sink: Sink, events: Sequence[Event], first: int = 0) -> Outcome:
    """Keep all events of a batch that can be kept: one that cannot does not keep the others from it.

    Args:
        first: place of the first one.

    Raises:
        StoreError: the sink is away; some may have been kept.
    """
    if not events:
        return Outcome()
    try:
        is_new = sink.add_events(events)
    except RequestError as error:
        if len(events) == 1:
            return Outcome(refused=((first, _reason(error)),))
        half = len(events) // 2
        left, right = take(sink, events[:half], first), take(sink, events[half:], first + half)
        return Outcome(left.n_new + right.n_new, left.n_known + right.n_known, left.refused + right.refused)
    return Outcome(sum(is_new), len(is_new) - sum(is_new))


def _reason(error: RequestError) -> str:
    """Without the place in the batch, which says nothing outside it."""
    return "; ".join(str(fault).removeprefix("events.0.") for fault in error.faults)
