"""What producers put into streams, as events."""

import json

import pytest

from genre.core.errors import RequestError
from genre.serving.records import Event
from genre.serving.stream.entries import Entry

PLAIN = {"user_id": "u", "item_id": "i", "type": "view"}


def entry(fields, id="1700000000123-7"):
    told = {name.encode(): value if isinstance(value, bytes) else value.encode() for name, value in fields.items()}
    return Entry("s", id, told)


def document(**fields):
    return entry({"event": json.dumps(fields)})


def test_what_is_not_said_comes_from_the_entry():
    assert entry(PLAIN).to_event() == Event("s/1700000000123-7", "u", "i", "view", 1700000000.123)
    assert document(**PLAIN).to_event() == entry(PLAIN).to_event()


def test_what_is_said_goes_first():
    told = {**PLAIN, "event_id": "e", "at": "2023-11-14T22:13:20Z", "value": "2.5", "recommendation_id": "r"}
    assert entry(told).to_event() == Event("e", "u", "i", "view", 1700000000.0, 2.5, "r")
    assert entry({**told, "at": "1700000000.5"}).to_event().at == 1700000000.5
    assert document(**{**told, "at": 1700000000.5, "value": 3}).to_event().value == 3
    assert document(**{**PLAIN, "user_id": "百🎬", "event_id": None}).to_event().user_id == "百🎬"
    assert entry({**PLAIN, "value": ""}).to_event().value is None  # as exports write nothing


def test_an_entry_that_was_set_aside_is_the_same_event_when_it_comes_again():
    again = entry({**PLAIN, "dead_reason": "type: is missing.", "dead_entry": "s/1600000000000-1"})
    assert again.to_event() == entry(PLAIN, "1600000000000-1").to_event()


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"user_id": "u"}, r"item_id: is missing.*\n.*type: is missing"),
        ({**PLAIN, "itemid": "i"}, "itemid: is no field of an event. Did you mean 'item_id'"),
        ({**PLAIN, "at": "yesterday"}, "at: "),
        ({**PLAIN, "at": "2023-11-14T22:13:20"}, "at: .*timezone"),
        ({**PLAIN, "value": "nan"}, "value: "),
        ({**PLAIN, "user_id": b"\xff"}, "entry: cannot be read"),
        ({"event": "{"}, "entry: cannot be read"),
        ({"event": "[1]"}, "event: is no JSON object"),
        ({"event": "[" * 100_000}, "entry: cannot be read"),
        ({"event": json.dumps({**PLAIN, "user_id": {"a": 1}})}, "user_id: "),
        ({"event": json.dumps({**PLAIN, "at": 1e300})}, "at: "),
    ],
)
def test_what_is_no_event(fields, said):
    with pytest.raises(RequestError, match=said):
        entry(fields).to_event()


@pytest.mark.parametrize("id", ["1-0", "0-1", "18446744073709551615-1"])
def test_ids_that_a_producer_made_up(id):
    assert entry({**PLAIN, "at": "1700000000"}, id).to_event() == Event(f"s/{id}", "u", "i", "view", 1.7e9)
