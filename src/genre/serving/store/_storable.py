"""What both kinds of database keep as it is; all else is refused before it is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from genre.core.errors import Fault, RequestError
from genre.serving.records import Event, Record, Side
from genre.serving.store._database import to_json

LONGEST = 512
"""Characters of a word; an index entry of PostgreSQL holds 2,700 bytes."""
EVENT_WORDS = ("event_id", "user_id", "item_id", "type", "recommendation_id")
EVENT_NUMBERS = ("at", "value")


def is_word(text: str) -> bool:
    """Whether a text is short, and one that a database keeps unchanged."""
    if len(text) > LONGEST or "\0" in text:
        return False
    return text.isascii() or _is_unicode(text)


def check_events(events: Sequence[Event]) -> None:
    """Refuse events that would not come back as they are.

    Raises:
        RequestError: names every field that is at fault.
    """
    _raise(fault for place, event in enumerate(events) for fault in _faults_of(event, f"events.{place}"))


def check_records(side: Side, records: Sequence[Record]) -> None:
    """Refuse items or users that would not come back as they are.

    Raises:
        RequestError: names every one that is at fault.
    """
    _raise(fault for place, record in enumerate(records) for fault in _faults_in(record, f"{side}.{place}"))


def check_names(place: str = "", **names: str | None) -> None:
    """Refuse names that are not words.

    Raises:
        RequestError: names every one that is at fault.
    """
    _raise(_words(place, names.items()))


def check_document(place: str, document: Mapping[str, Any]) -> None:
    """Refuse what is not JSON.

    Raises:
        RequestError: says why.
    """
    _raise(_document(place, document))


def _faults_of(event: Event, place: str) -> Iterator[Fault]:
    yield from _words(place, ((name, getattr(event, name)) for name in EVENT_WORDS))
    for name in EVENT_NUMBERS:
        number = getattr(event, name)
        if number is not None and not math.isfinite(number):
            yield Fault(f"{place}.{name}", f"is {number}.", "Give a finite number.")


def _faults_in(record: Record, place: str) -> Iterator[Fault]:
    yield from _words(place, [("id", record.id)])
    if record.columns is not None:
        yield from _document(f"{place}.columns", record.columns)


def _words(place: str, named: Iterable[tuple[str, str | None]]) -> Iterator[Fault]:
    for name, word in named:
        if word is not None and not is_word(word):
            mend = f"At most {LONGEST} characters, none of them NUL or half of a pair."
            yield Fault(f"{place}.{name}" if place else name, "is not a text that can be kept.", mend)


def _document(place: str, document: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        to_json(document).encode()
    except (TypeError, ValueError, RecursionError) as error:
        yield Fault(place, f"is not JSON: {error}.", "Give texts, finite numbers, booleans, lists and objects.")


def _raise(faults: Iterable[Fault]) -> None:
    found = tuple(faults)
    if found:
        raise RequestError(found)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
