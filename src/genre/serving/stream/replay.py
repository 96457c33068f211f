"""Reads a stream again from some point on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from genre.core.errors import DataError, Fault, RequestError, StoreError
from genre.core.progress import step
from genre.serving._redis import client, place_of, words
from genre.serving.records import Event
from genre.serving.stream.consumer import ANSWER_S
from genre.serving.stream.entries import Entry
from genre.serving.stream.intake import Outcome, Sink, take

FORMS = "Write an id of Redis such as 1700000000000-0, 0 for all, or a time such as 2026-02-28T12:00:00Z."
AT_A_TIME = 1_000


def replay(sink: Sink, url: str, stream: str, start: str) -> Outcome:
    """Take all entries from `start` up to the last one that is there now; events that are known stay as they are.

    No group is touched: consumers go on beside it, and entries that are no events are only counted.

    Args:
        start: an id, or a time in ISO 8601.

    Raises:
        DataError: `start` is neither.
        StoreError: Redis or the store is away; begin again.
    """
    first, total = first_id(start), Outcome()
    with step(f"reading {stream}") as bar:
        for entries in _batches(url, stream, first):
            found = _take(sink, entries)
            total = Outcome(total.n_new + found.n_new, total.n_known + found.n_known, (*total.refused, *found.refused))
            bar.advance(len(entries))
    return total


def first_id(start: str) -> str:
    """The id that a replay begins at.

    Raises:
        DataError: it is neither an id nor a time.

    >>> first_id("2023-11-14T22:13:20Z")
    '1700000000000'
    """
    head, _, tail = start.partition("-")
    if head.isdecimal() and len(head) != 4 and (not tail or tail.isdecimal()):
        return start
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise DataError(Fault("--from", f"'{start}' is neither an id nor a time.", FORMS)) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return str(max(0, round(moment.timestamp() * 1000)))


def _batches(url: str, stream: str, first: str) -> Iterator[list[Entry]]:
    from redis.exceptions import RedisError

    redis = client(url, ANSWER_S)
    try:
        last: Any = redis.xrevrange(stream, count=1)
        while last:
            found: Any = redis.xrange(stream, first, last[0][0], count=AT_A_TIME)
            if not found:
                break
            yield [Entry(stream, id.decode(), fields) for id, fields in found]
            first = f"({found[-1][0].decode()}"
    except (RedisError, OSError) as error:
        raise StoreError(Fault(place_of(url), f"cannot be read: {words(error)}.", "Begin again.")) from None
    finally:
        redis.close()


def _take(sink: Sink, entries: list[Entry]) -> Outcome:
    events: list[Event] = []
    refused: list[tuple[int, str]] = []
    for place, entry in enumerate(entries):
        try:
            events.append(entry.to_event())
        except RequestError as error:
            refused.append((place, "; ".join(map(str, error.faults))))
    found = take(sink, events)
    return Outcome(found.n_new, found.n_known, (*found.refused, *refused))
