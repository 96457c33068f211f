"""Databases, with Redis before them too, keep what the contract in memory keeps, whatever is done in whatever order."""

import time
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.serving.store.model import MemoryStore

from genre.serving._redis import RedisServer
from genre.serving.records import Event, Record
from genre.serving.store.shared import SharedStore
from genre.serving.store.sql import SqlStore

NAMES = st.sampled_from(["", "a", "A", "ä", "b c", "百科", "🎬", "x'; --", "%", "z" * 512])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
EVENTS = st.builds(
    Event,
    event_id=NAMES,
    user_id=NAMES,
    item_id=NAMES,
    type=st.sampled_from(["view", "buy"]),
    at=st.sampled_from([-1.5, 0.0, 1e9, 1.7e9 + 1e-6]),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    recommendation_id=st.none() | NAMES,
)
RECORDS = st.builds(Record, id=NAMES, columns=st.none() | st.dictionaries(WORDS, VALUES, max_size=3))
SIDES = st.sampled_from(["items", "users"])
NEIGHBOUR = [Event("a", "a", "a", "view", 1.0), Event("ä", "A", "b c", "buy", 0.0)]
_runs = count()


class Shared:
    """A database with Redis before it."""

    def __init__(self, database, server):
        self.database, self.server = database, server

    def of_tenant(self, name):
        return SharedStore(self.database.of_tenant(name), self.server)


@pytest.fixture(scope="module", params=["sqlite", "postgres", "shared"])
def database(request, tmp_path_factory):
    """A store that the tests share, each with tenants of its own."""
    if request.param == "sqlite":
        found = SqlStore.open(tmp_path_factory.mktemp("store") / "store.db")
    else:
        found = SqlStore.open(request.getfixturevalue("postgres").new_database())
    if request.param == "shared":
        yield Shared(found, RedisServer(request.getfixturevalue("redis_process").url()))
    else:
        yield found
    found.close()


class Twins(RuleBasedStateMachine):
    """A store and the model of it, told the same; a follower that reads the log by and by; a neighbour who sleeps."""

    database = None
    n_looks = 0

    @initialize()
    def meet(self):
        name = f"twin {next(_runs)}"
        self.store, self.model = self.database.of_tenant(name), MemoryStore()
        self.neighbour = self.database.of_tenant(f"{name} neighbour")
        self.neighbour.add_events(NEIGHBOUR)
        self.neighbour.put("users", [Record("a", {"age": 3})])
        self.seen, self.follower = 0, {}

    @rule(events=st.lists(EVENTS, max_size=6))
    def tell_events(self, events):
        assert self.store.add_events(events) == self.model.add_events(events)

    @rule(side=SIDES, records=st.lists(RECORDS, max_size=6))
    def put_records(self, side, records):
        self.store.put(side, records)
        self.model.put(side, records)

    @rule(side=SIDES, record=RECORDS, is_kept=st.booleans())
    def change_record(self, side, record, is_kept):
        told = []

        def edit(known):
            told.append(known)
            return None if is_kept else record

        assert self.store.change(side, record.id, edit) is self.model.change(side, record.id, edit) is not is_kept
        assert told[0] == told[1]

    @rule(user_id=NAMES)
    def erase_user(self, user_id):
        assert self.store.erase(user_id, f"p:{user_id[:9]}") == self.model.erase(user_id, f"p:{user_id[:9]}")
        assert self.store.events_of(user_id) == []

    @rule(version=st.sampled_from(["v1", "v2"]))
    def activate_version(self, version):
        before = time.time()
        self.store.activate(version)
        self.model.activate(version)
        name, at = self.store.activations()[0]
        assert name == version and before <= at <= time.time()

    @rule(limit=st.integers(0, 4))
    def follow(self, limit):
        changes = self.store.changes(self.seen, limit)
        assert len(changes) <= limit
        for change in changes:
            assert self.seen < change.seq <= self.store.head()
            self.seen = change.seq
            self.apply(change)

    @rule(user_id=NAMES, ids=st.lists(NAMES, max_size=4), side=SIDES)
    def ask(self, user_id, ids, side):
        assert self.store.events_of(user_id) == self.model.events_of(user_id)
        assert self.store.get(side, ids) == self.model.get(side, ids)
        told = list(self.store.all(side))
        assert len(told) == len({record.id for record in told})
        assert {record.id: record for record in told} == {record.id: record for record in self.model.all(side)}
        assert self.store.erased() == self.model.erased()
        assert [name for name, _ in self.store.activations()] == [name for name, _ in self.model.activations()]

    @invariant()
    def logs_agree(self):
        changes = self.store.changes(0)
        assert [(c.kind, c.content) for c in changes] == [(c.kind, c.content) for c in self.model.changes(0)]
        assert all(before.seq < after.seq for before, after in pairwise(changes))
        assert not changes or changes[-1].seq <= self.store.head()

    def teardown(self):
        if not hasattr(self, "store"):
            return
        self.follow(1000)
        changes = self.store.changes(0)
        Twins.n_looks += 1
        # what a user who was erased did is not called back from followers: the erasure tells them
        assert all(self.follower.get(self.name_of(change)) == change for change in changes)
        assert self.neighbour.events_of("a") == NEIGHBOUR[:1] and self.neighbour.events_of("A") == NEIGHBOUR[1:]
        assert list(self.neighbour.all("users")) == [Record("a", {"age": 3})]
        assert len(self.neighbour.changes(0)) == self.neighbour.head() == 3

    def apply(self, change):
        self.follower[self.name_of(change)] = change

    @staticmethod
    def name_of(change):
        name = {"event": "event_id", "item": "id", "user": "id"}.get(change.kind)
        return change.kind, getattr(change.content, name) if name else change.seq


def test_a_store_does_what_the_contract_says(database):
    class Machine(Twins):
        pass

    Machine.database, before = database, Twins.n_looks
    quick = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Machine, settings=quick)
    assert Twins.n_looks - before >= 25  # every run compared all at its end


def test_large_batches_come_whole_and_in_order(store):
    events = [Event(f"e{n}", f"u{n % 7}", f"i{n}", "view", float(-n)) for n in range(2_500)]
    assert store.add_events([*events, *events[:5]]) == [True] * 2_500 + [False] * 5
    assert store.add_events(events) == [False] * 2_500
    assert [change.content for change in store.changes(0)] == events
    assert [change.seq for change in store.changes(2_000, 3)] == [2_001, 2_002, 2_003]
    assert store.head() == 2_500
    assert store.events_of("u3") == [event for event in reversed(events) if event.user_id == "u3"]

    items = [Record(f"i{n}", {"n": n}) for n in range(2_500)]
    store.put("items", items)
    assert sorted(store.all("items"), key=lambda record: record.columns["n"]) == items
    assert store.get("items", [record.id for record in reversed(items)]) == items[::-1]


def test_nothing_of_a_write_that_fails_is_kept(store, monkeypatch):
    store.add_events([Event("e", "u", "i", "view", 1.0)])

    def fails(*args, **options):
        raise KeyError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr("genre.serving.store._writing.insert", fails)
        with pytest.raises(KeyError):
            store.add_events([Event("f", "u", "i", "view", 1.0)])
    assert store.head() == 1 and len(store.changes(0)) == 1
    assert store.add_events([Event("f", "u", "i", "view", 1.0)]) == [True]
