"""Keys, their use and the audit."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from genre.core.errors import RequestError, StoreError
from genre.serving.records import Event, Record
from genre.serving.store.access import ApiKey, Note

DAY = date(2026, 2, 28)
EVENT = Event("e1", "u", "i1", "view", 1.0)


def key_of(store, name, **changes):
    tenant = store._tenant
    return replace(ApiKey(f"{name} of {tenant}", "0" * 64, name, tenant, ("read", "events"), 10.0), **changes)


def test_keys_come_back_as_they_were(store):
    plain = key_of(store, "plain", created_at=20.5)
    full = key_of(store, "full", scopes=(), expires_at=1e10, revoked_at=30.0, rate_per_minute=60, daily_quota=1_000)
    store.keys.add(plain)
    store.keys.add(full)
    assert store.keys.find(plain.key_id) == plain
    assert store.keys.find(full.key_id) == full
    assert store.keys.find("unknown") is None and store.keys.find("\0") is None
    assert store.keys.all(store._tenant) == [full, plain]
    assert {plain, full} <= set(store.of_tenant("another").keys.all())
    assert store.keys.all("nobody") == []


def test_a_key_is_added_once(store):
    key = key_of(store, "only")
    store.keys.add(key)
    with pytest.raises(RequestError, match="there is a key"):
        store.keys.add(replace(key, name="thief"))
    assert store.keys.find(key.key_id) == key


def test_a_key_is_revoked_once(store):
    key = key_of(store, "leaked")
    store.keys.add(key)
    assert store.keys.revoke(key.key_id, 50.0)
    assert not store.keys.revoke(key.key_id, 60.0)
    assert not store.keys.revoke("unknown", 60.0)
    assert store.keys.find(key.key_id) == replace(key, revoked_at=50.0)


def test_use_is_counted_by_key_and_day(store):
    one, two = (key_of(store, name).key_id for name in ("one", "two"))
    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(lambda _: store.keys.count(one, DAY), range(20)))
    assert sorted(totals) == list(range(1, 21))
    assert store.keys.count(one, DAY, 5) == 25
    assert store.keys.count(two, DAY) == 1
    assert store.keys.count(one, date(2026, 3, 1)) == 1


def test_the_audit_tells_the_newest_first_to_its_tenant(store):
    notes = [Note(float(-n), f"key{n}", "erase", f"p{n}", {"rows": n, "why": "百"}) for n in range(5)]
    own = Note(9.0, None, "start")
    for note in [*notes, own]:
        store.audit.note(note)
    assert store.audit.newest(3) == [own, notes[4], notes[3]]
    assert len(store.audit.newest(100)) == 6
    assert store.of_tenant(f"{store._tenant} neighbour").audit.newest(9) == []


NOTE = Note(1.0, "k", "items.put")


@pytest.fixture
def no_audit(store):
    """While it is entered, no note can be kept."""

    @contextmanager
    def away():
        rename = "ALTER TABLE {} RENAME TO {}"
        store._database.write(lambda connection: connection.execute(text(rename.format("audit", "audit_away"))))
        try:
            yield
        finally:
            store._database.write(lambda connection: connection.execute(text(rename.format("audit_away", "audit"))))

    return away


def writes(store):
    """Every kind of write, by name, and what shows that it was done."""
    key, other = key_of(store, "key"), key_of(store, "other")
    store.keys.add(key)
    item = [Record("i1", {"year": 1})]
    return {
        "put": (lambda: store.put("items", item), lambda: store.get("items", ["i1"]) != [None]),
        "add_events": (lambda: store.add_events([EVENT]), lambda: store.events_of("u") != []),
        "erase": (lambda: store.erase("u", "p"), lambda: store.erased() != set()),
        "activate": (lambda: store.activate("v1"), lambda: store.activations() != []),
        "revoke": (lambda: store.keys.revoke(key.key_id, 1.0), lambda: store.keys.find(key.key_id).revoked_at),
        "add": (lambda: store.keys.add(other), lambda: store.keys.find(other.key_id) is not None),
    }


@pytest.mark.parametrize("name", ["put", "add_events", "erase", "activate", "revoke", "add"])
def test_a_change_and_its_note_are_kept_both_or_neither(store, no_audit, name):
    write, is_done = writes(store)[name]
    with no_audit(), pytest.raises(StoreError), store.audit.noting(NOTE):
        write()
    assert not is_done() and store.audit.newest(9) == []
    with store.audit.noting(NOTE):
        write()
    assert is_done() and store.audit.newest(9) == [NOTE]
    store.put("items", [Record("i2", {})])  # writes that nobody notes go on without
    assert store.audit.newest(9) == [NOTE]


def test_what_wrote_nothing_is_noted_and_what_failed_is_not(store):
    with store.audit.noting(NOTE):
        store.get("items", ["i1"])
    assert store.audit.newest(9) == [NOTE]
    with pytest.raises(ZeroDivisionError), store.audit.noting(replace(NOTE, action="failed")):
        _ = 1 / 0
    store.put("items", [Record("i2", {})])
    assert store.audit.newest(9) == [NOTE]


def test_writes_of_other_threads_are_not_noted(store):
    with store.audit.noting(NOTE), ThreadPoolExecutor(1) as pool:
        pool.submit(store.put, "items", [Record("i1", {})]).result()
        assert store.audit.newest(9) == []
    assert store.audit.newest(9) == [NOTE]


def test_what_cannot_be_kept_is_refused(store):
    with pytest.raises(RequestError, match=r"key\.name"):
        store.keys.add(replace(key_of(store, "n"), name="a\0"))
    with pytest.raises(RequestError, match=r"audit\.detail"):
        store.audit.note(Note(1.0, None, "x", detail={"a": {1, 2}}))
    assert store.audit.newest(9) == []
