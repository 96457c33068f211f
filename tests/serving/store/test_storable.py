"""What a store refuses, before anything of it is written."""

import math
from dataclasses import replace

import pytest

from genre.core.errors import RequestError
from genre.serving.records import Event, Record

GOOD = Event("e", "u", "i", "view", 1.0)


@pytest.mark.parametrize(
    "field, value",
    [
        ("event_id", "a\0b"),
        ("user_id", "x" * 513),
        ("item_id", "\ud800"),
        ("type", "\0"),
        ("recommendation_id", "ä" * 513),
        ("at", math.nan),
        ("value", math.inf),
    ],
)
def test_an_event_that_would_not_come_back(store, field, value):
    with pytest.raises(RequestError) as caught:
        store.add_events([GOOD, replace(GOOD, **{"event_id": "f", field: value})])
    assert [fault.where for fault in caught.value.faults] == [f"events.1.{field}"]
    assert store.head() == 0 and store.changes(0) == []


@pytest.mark.parametrize(
    "record, where",
    [
        (Record("a\0", {}), "items.1.id"),
        (Record("a", {"x": math.nan}), "items.1.columns"),
        (Record("a", {"x": [{1}]}), "items.1.columns"),
        (Record("a", {"x": "\udfff"}), "items.1.columns"),
    ],
)
def test_a_record_that_would_not_come_back(store, record, where):
    with pytest.raises(RequestError) as caught:
        store.put("items", [Record("good", {}), record])
    assert [fault.where for fault in caught.value.faults] == [where]
    assert store.head() == 0 and list(store.all("items")) == []


def test_the_longest_ids_and_zero_bytes_inside_documents_are_kept(store):
    wide = "🎬" * 512
    event = Event(wide, wide, wide, "view", 1.0, recommendation_id=wide)
    record = Record(wide, {"text": "a\0b", "deep": {"n": [2**70, 0.1, None]}})
    store.add_events([event])
    store.put("users", [record])
    assert store.events_of(wide) == [event]
    assert store.get("users", [wide]) == [record]


def test_an_id_that_cannot_be_kept_is_unknown(store):
    assert store.get("items", ["\0", "\ud800"]) == [None, None]
    assert store.events_of("\0") == []
    with pytest.raises(RequestError, match="user_id"):
        store.erase("\0", "p")
    with pytest.raises(RequestError, match="tenant"):
        store.of_tenant("\0")
