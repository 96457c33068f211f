"""Events over HTTP: kept once, in the next list, or refused as a whole."""

import pytest


def listed(admin, user="u0", k=5):
    return [one["item_id"] for one in admin("POST", "/v1/recommend", {"user_id": user, "k": k})["items"]]


def post(admin, *events, status=200):
    return admin("POST", "/v1/events", {"events": list(events)}, status)


def test_an_acknowledged_event_changes_the_next_list(admin):
    first = listed(admin)[0]
    taken = post(admin, {"user_id": "u0", "item_id": first, "type": "view"})
    assert taken == {"new": 1, "known": 0, "unknown_items": []}
    assert first not in listed(admin)


def test_an_event_is_kept_once_by_its_id(api, admin):
    event = {"event_id": "e1", "user_id": "new", "item_id": "nowhere", "type": "view"}
    assert post(admin, event, event) == {"new": 1, "known": 1, "unknown_items": ["nowhere"]}
    assert post(admin, event)["known"] == 1
    assert len(api.store.events_of("new")) == 1


def test_without_an_id_the_same_event_at_the_same_time_is_the_same(api, admin):
    event = {"user_id": "new", "item_id": "i1", "type": "view"}
    same_time = [{**event, "at": "2023-11-14T22:13:20Z"}, {**event, "at": 1_700_000_000}]
    assert post(admin, *same_time)["new"] == 1
    assert post(admin, {**event, "at": 1_700_000_001}, {**event, "at": 1_700_000_000, "value": 2})["new"] == 2
    assert post(admin, event, event)["new"] == 2
    assert [one.at for one in api.store.events_of("new")][:2] == [1_700_000_000.0] * 2


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"user_id": None}, "events.1.user_id"),
        ({"at": "2020-01-01T00:00:00"}, "events.1.at"),
        ({"value": "much"}, "events.1.value"),
        ({"colour": "red"}, "events.1.colour"),
        ({"item_id": "a\0b"}, "events.1.item_id"),
    ],
)
def test_a_batch_with_a_fault_is_refused_as_a_whole(api, admin, change, where):
    good = {"event_id": "e1", "user_id": "new", "item_id": "i1", "type": "view"}
    problem = post(admin, good, {**good, "event_id": "e2", **change}, status=422)
    assert [one["where"] for one in problem["faults"]] == [where]
    assert api.store.events_of("new") == []


def test_batches_have_a_limit(open_api):
    api = open_api(max_events=2)
    events = [{"user_id": "new", "item_id": "i1", "type": "view"}] * 3
    refused = api.ask("POST", "/v1/events", api.key("events"), {"events": events})
    assert refused.status_code == 422 and "at most 2 come at a time" in refused.json()["detail"]
    assert api.ask("POST", "/v1/events", api.key("events"), {"events": events[:2]}).status_code == 200
