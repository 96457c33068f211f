"""Items and users over HTTP: put, changed, read, deleted, exported, erased; and noted in the audit."""

import pytest

ROBOT = {"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2030}


def test_new_items_are_found_at_once_and_gone_when_deleted(admin):
    assert admin("PUT", "/v1/items", {"items": [ROBOT]}) == {"kept": 1, "refused": {}}
    search = {"text": "robot ship", "k": 3}
    assert "new" in [one["item_id"] for one in admin("POST", "/v1/search", search)["items"]]
    assert admin("GET", "/v1/items/new") == ROBOT
    assert admin("DELETE", "/v1/items/new") == {"item_id": "new", "deleted": True}
    assert "new" not in [one["item_id"] for one in admin("POST", "/v1/search", search)["items"]]
    assert [admin(verb, "/v1/items/new", status=404)["title"] for verb in ("GET", "DELETE")] == ["Nothing is there"] * 2


def test_several_items_are_deleted_together(api, admin):
    gone = admin("POST", "/v1/items/delete", {"items": ["i1", 7, "i2", "i1"]})
    assert gone == {"deleted": 2, "unknown_items": ["7"]}
    listed = [one["item_id"] for one in admin("POST", "/v1/recommend", {"k": 24})["items"]]
    assert len(listed) == 22 and not {"i1", "i2"} & set(listed)
    (note,) = api.store.audit.newest(5)
    assert note.action == "items.delete" and note.detail == {"n": 3, "items": ["i1", "7", "i2"]}
    admin("PUT", "/v1/items", {"items": [{"item_id": "delete", "text": "A robot"}]})
    assert admin("GET", "/v1/items/delete")["text"] == "A robot"


def test_a_change_leaves_other_columns_alone_and_null_empties(admin):
    admin("PUT", "/v1/items", {"items": [ROBOT]})
    admin("PATCH", "/v1/items/new", {"year": 2031, "genres": None})
    assert admin("GET", "/v1/items/new") == {**ROBOT, "year": 2031, "genres": None}
    admin("PATCH", "/v1/items/i1", {"year": 2031})
    assert admin("GET", "/v1/items/i1")["text"] == "A letter and a family"
    assert admin("PATCH", "/v1/items/nowhere", {"year": 1}, 404)["faults"][0]["where"] == "item_id"
    assert "does not change" in admin("PATCH", "/v1/items/new", {"item_id": "other"}, 422)["detail"]
    assert "no column 'colour'" in admin("PATCH", "/v1/items/new", {"colour": 1}, 422)["detail"]


def test_ids_may_hold_slashes_spaces_and_ends_of_lines(admin):
    admin("PUT", "/v1/items", {"items": [{**ROBOT, "item_id": "a/b c?"}]})
    assert admin("GET", "/v1/items/a%2Fb%20c%3F")["item_id"] == "a/b c?"
    admin("DELETE", "/v1/items/a%2Fb%20c%3F")
    admin("PATCH", "/v1/users/a%2Fb", {})
    assert admin("GET", "/v1/users/a%2Fb")["user_id"] == "a/b"
    admin("PATCH", "/v1/users/%0Aa%0A", {})
    assert admin("GET", "/v1/users/%0Aa%0A")["user_id"] == "\na\n"


@pytest.mark.parametrize(
    ("items", "where"),
    [
        ([{"text": "x"}], "items.0"),
        ([ROBOT, {"item_id": "b", "year": 2**63}], "items.1.year"),
        ([ROBOT, "b"], "items.1"),
        ([], "items"),
    ],
)
def test_items_that_do_not_fit_are_refused_and_nothing_is_kept(api, admin, items, where):
    assert [one["where"] for one in admin("PUT", "/v1/items", {"items": items}, 422)["faults"]] == [where]
    assert list(api.store.all("items")) == [] and api.store.audit.newest(5) == []


def test_a_user_is_exported_and_erased(api, admin):
    admin("PUT", "/v1/users", {"users": [{"user_id": "u0", "age": 33}, {"user_id": "new"}]})
    admin("PATCH", "/v1/users/u0", {"age": 34})
    event = {"event_id": "e1", "user_id": "u0", "item_id": "i2", "type": "view", "at": 1_700_000_000, "value": 3}
    admin("POST", "/v1/events", {"events": [event]})
    told = admin("GET", "/v1/users/u0")
    assert told["columns"] == {"age": 34} and told["history"][-1] == "i2"
    assert told["events"] == [{**event, "recommendation_id": None}]
    assert admin("DELETE", "/v1/users/u0") == {"erased_rows": 2}
    admin("GET", "/v1/users/u0", status=404)
    assert admin("GET", "/v1/recommend/u0")["fallback"] == "popular"
    assert api.store.events_of("u0") == [] and api.store.get("users", ["u0"]) == [None]


def test_the_audit_knows_who_changed_what_and_no_user(api, admin):
    admin("PUT", "/v1/items", {"items": [ROBOT]})
    admin("DELETE", "/v1/items/new")
    admin("PUT", "/v1/users", {"users": [{"user_id": "secret-user"}]})
    admin("DELETE", "/v1/users/secret-user")
    admin("DELETE", "/v1/items/nowhere", status=404)
    notes = api.store.audit.newest(10)
    assert [note.action for note in notes] == ["users.erase", "users.put", "items.delete", "items.put"]
    assert {note.key_id for note in notes} == {api.store.keys.all()[0].key_id}
    pseudonym = api.tenant.service.pseudonym("secret-user")
    assert notes[0].subject == pseudonym and notes[1].detail["users"] == [pseudonym]
    assert notes[2].subject == "new" and notes[3].detail == {"n": 1, "items": ["new"]}
    assert "secret-user" not in str(notes)
