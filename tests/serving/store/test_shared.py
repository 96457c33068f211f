"""Replicas on one database with Redis between them, which may lose, forget or refuse whatever it likes."""

import json
import time
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.serving.store.model import MemoryStore

from genre.core.errors import StoreError
from genre.serving import _redis
from genre.serving._pseudonyms import Pseudonyms
from genre.serving._redis import RedisServer
from genre.serving.records import Event, Record
from genre.serving.store import _bell
from genre.serving.store._followed import Followed
from genre.serving.store.shared import SharedStore
from genre.serving.store.sql import SqlStore

USERS = st.sampled_from(["a", "b", "c"])
REPLICAS = st.integers(0, 2)
_numbers = count()


def view(user_id, number=None):
    number = next(_numbers) if number is None else number
    return Event(f"e{number}", user_id, "i", "view", float(number))


class Clock:
    """Moves when somebody sleeps."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(_bell, "time", clock)
    monkeypatch.setattr(_redis, "time", clock)
    return clock


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    store = SqlStore.open(tmp_path_factory.mktemp("store") / "store.db")
    yield store
    store.close()


@pytest.fixture
def replica(database, redis_server):
    """Makes replicas of one new tenant, each with connections of its own."""
    tenant = database.of_tenant(f"shared {next(_numbers)}")
    return lambda **options: SharedStore(tenant, RedisServer(redis_server.url()), **options)


def follow(store, seen=0):
    while changes := store.changes(seen):
        seen = changes[-1].seq
    return seen


def lead_to(store, port):
    """From now on the store finds Redis at this port; nobody is at port 1."""
    pool = store._server._client.connection_pool
    pool.disconnect()
    pool.connection_kwargs["port"] = port
    pool.reset()


class Counting:
    """How often a database is asked for what."""

    def __init__(self, store):
        self.store, self.asked = store, []

    def __getattr__(self, name):
        def ask(*args):
            self.asked.append(name)
            return getattr(self.store, name)(*args)

        return ask


class Replicas(RuleBasedStateMachine):
    """Three replicas told different things, one of them cut off from Redis at times; each answers as the contract does.

    Time stands still except for who waits, and nobody asks the database unless he must: a replica that is wrong stays
    wrong. Before each answer replicas follow the log, as services do.
    """

    database = server = None

    @initialize()
    def meet(self):
        tenant = self.database.of_tenant(f"replicas {next(_numbers)}")
        self.model, self.saved = MemoryStore(), False
        self.replicas = [SharedStore(tenant, RedisServer(self.server.url()), trust_s=30.0) for _ in range(3)]
        self.names = Pseudonyms(tenant.salt())
        self.seen = [0, 0, 0]
        self.cut = set()

    @rule(n=REPLICAS, user_id=USERS)
    def do_something(self, n, user_id):
        event = view(user_id)
        assert self.replicas[n].add_events([event]) == self.model.add_events([event])

    @rule(n=REPLICAS, user_id=USERS, age=st.integers(0, 9))
    def tell_of_user(self, n, user_id, age):
        for store in (self.replicas[n], self.model):
            store.put("users", [Record(user_id, {"age": age})])

    @rule(n=REPLICAS, user_id=USERS)
    def erase(self, n, user_id):
        name = self.names.of_user(user_id)
        assert self.replicas[n].erase(user_id, name) == self.model.erase(user_id, name)

    @rule(n=REPLICAS, user_id=USERS)
    def ask(self, n, user_id):
        store = self.replicas[n]
        assert store.head() == self.model.head()
        self.seen[n] = follow(store, self.seen[n])
        assert store.events_of(user_id) == self.model.events_of(user_id)
        assert store.get("users", [user_id]) == self.model.get("users", [user_id])

    @rule(n=REPLICAS)
    def begin_anew(self, n):
        self.replicas[n] = SharedStore(self.replicas[n]._store, RedisServer(self.url_of(n)), trust_s=30.0)
        self.seen[n] = 0

    @rule(n=REPLICAS)
    def cut_off(self, n):
        """For this replica alone Redis is away, or it is there again."""
        self.cut ^= {n}
        lead_to(self.replicas[n], 1 if n in self.cut else self.server.port)

    @rule()
    def lose_all_keys(self):
        self.server.empty()

    @rule(which=st.integers(0, 9))
    def lose_a_key(self, which):
        client = self.server.client()
        keys = sorted(client.keys())
        if keys:
            client.delete(keys[which % len(keys)])

    @rule()
    def save(self):
        self.server.save()

    @rule()
    def come_back_with_old_data(self):
        self.server.stop()
        self.server.start()

    def url_of(self, n):
        return self.server.url().replace(f":{self.server.port}/", ":1/") if n in self.cut else self.server.url()


def test_replicas_agree_whatever_redis_does(database, redis_server, clock):
    class Machine(Replicas):
        pass

    Machine.database, Machine.server = database, redis_server
    quick = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Machine, settings=quick)


def entries(server):
    """What lies in Redis of users, by part."""
    client = server.client()
    return {key.decode().split(":")[2]: client.get(key) for key in client.scan_iter() if not key.endswith(b":bell")}


def test_a_replica_reads_what_another_read(replica, redis_server):
    one, two = replica(), replica()
    one.put("users", [Record("who-am-i", {"age": 2**70, "text": "\0百"})])
    one.add_events([view("who-am-i", 1), Event("e2", "who-am-i", "ä", "buy", 0.1, -2.5, "r")])
    follow(one), follow(two)
    told = one.events_of("who-am-i"), one.get("users", ["who-am-i"])
    two._store = Counting(two._store)
    assert (two.events_of("who-am-i"), two.get("users", ["who-am-i"])) == told
    assert two._store.asked in (["head"], [])
    kept = entries(redis_server)
    assert json.loads(kept["events"].partition(b"\n")[2])[1][1] == "i"
    assert not any(b"who-am-i" in text for text in (*kept.values(), *redis_server.client().scan_iter()))


def test_an_answer_needs_no_database_while_nothing_is_written(replica):
    one, two = replica(trust_s=30.0), replica(trust_s=30.0)
    one.add_events([view("u")])
    assert two.head() == 1
    two._store = Counting(two._store)
    assert [two.head() for _ in range(5)] == [1] * 5 and two._store.asked == []
    one.add_events([view("u")])
    assert [two.head() for _ in range(5)] == [2] * 5 and two._store.asked == ["head"]


def test_a_writer_who_cannot_ring_waits_until_all_have_looked(replica, clock):
    one, two = replica(trust_s=30.0), replica(trust_s=30.0)
    assert two.head() == 0
    lead_to(one, 1)
    start = clock.now
    one.add_events([view("u")])
    assert clock.now == start + 30 and one.away == ("redis",)
    assert two.head() == 1 and one.head() == 1


def test_a_word_is_not_trusted_across_a_restart_with_old_data(replica, redis_server, clock):
    one, two = replica(trust_s=30.0), replica(trust_s=30.0)
    assert two.head() == 0
    redis_server.save()
    one.add_events([view("u")])
    redis_server.stop()
    redis_server.start()
    assert two.head() == 1 and clock.now == 1000


def test_who_is_erased_leaves_redis(replica, redis_server):
    one, two = replica(), replica()
    one.add_events([view("u")])
    follow(one)
    one.events_of("u"), one.get("users", ["u"])
    assert json.loads(entries(redis_server)["events"].partition(b"\n")[2])
    one.erase("u", one._pseudonyms.of_user("u"))
    assert {part: text.partition(b"\n")[2] for part, text in entries(redis_server).items()} == {
        "events": b"",
        "user": b"",
    }
    assert two.events_of("u") == []


def test_who_is_erased_while_redis_is_away_leaves_it_afterwards(replica, redis_server, clock):
    one, two = replica(), replica()
    one.add_events([view("u")])
    follow(two)
    two.events_of("u")
    one._server._again_at, one._server._why = clock.now + 99, "cut off"
    one.erase("u", one._pseudonyms.of_user("u"))
    assert len(entries(redis_server)["events"]) > 9
    clock.now += 200
    one.head()
    assert entries(redis_server)["events"].endswith(b"\n")


def test_who_is_erased_and_comes_back_with_old_data_is_not_believed(replica, redis_server):
    one, two = replica(), replica()
    one.add_events([view("u")])
    seen = follow(two)
    two.events_of("u")
    redis_server.save()
    one.erase("u", one._pseudonyms.of_user("u"))
    follow(two, seen)
    redis_server.stop()
    redis_server.start()
    assert len(entries(redis_server)["events"]) > 9
    assert two.events_of("u") == []


def test_a_slow_reader_does_not_put_back_who_was_erased(replica, redis_server):
    one, two = replica(), replica()
    one.add_events([view("u")])
    follow(two)

    class Slow(Counting):
        def events_of(self, user_id):
            found = self.store.events_of(user_id)
            one.erase("u", one._pseudonyms.of_user("u"))
            return found

    two._store = Slow(two._store)
    assert len(two.events_of("u")) == 1
    assert entries(redis_server)["events"].endswith(b"\n")


def test_entries_expire(replica, redis_server):
    one = replica(keep_s=100.0)
    one.add_events([view("u")])
    follow(one)
    one.events_of("u")
    client = redis_server.client()
    assert all(0 < client.ttl(key) <= (7 * 86_400 if key.endswith(b":bell") else 100) for key in client.scan_iter())
    assert len(client.keys()) == 2


def test_strange_entries_are_not_believed(replica, redis_server):
    one = replica()
    event = view("u")
    one.add_events([event])
    follow(one)
    one.events_of("u")
    client = redis_server.client()
    (key,) = (key for key in client.scan_iter() if b":events:" in key)
    for text in (b"1\n[[", b"x\n[]", b"999\n[]", b"[]", b""):
        client.set(key, text)
        assert one.events_of("u") == [event]


def test_the_database_away_leaves_what_redis_has(replica):
    one, two = replica(trust_s=0.0), replica(trust_s=0.0)
    event = view("u")
    one.add_events([event])
    follow(one), follow(two)
    one.events_of("u")

    class Away(Counting):
        def __getattr__(self, name):
            def ask(*args):
                raise StoreError("away")

            return ask

    two._store = Away(two._store)
    assert two.events_of("u") == [event]
    with pytest.raises(StoreError, match="away"):
        two.events_of("somebody else")
    with pytest.raises(StoreError, match="away"):
        two.head()


def test_nobody_waits_long_for_a_server_that_hangs(replica, redis_server):
    one = replica()
    one.add_events([view("u")])
    redis_server.freeze()
    try:
        start = time.monotonic()
        assert [one.head() for _ in range(50)] == [1] * 50
        assert time.monotonic() - start < 1.5  # one wait of 0.2 s, perhaps a second one; not fifty
        assert one.away == ("redis",) and f":{redis_server.port}" in one._server.where
        assert redis_server.password not in str(one._server._error())
    finally:
        redis_server.thaw()
    until = time.monotonic() + 5
    while one.away and time.monotonic() < until:
        one.head()
        time.sleep(0.02)
    assert one.away == ()


def test_a_restart_goes_unnoticed(replica, redis_server):
    one = replica()
    one.add_events([view("u")])
    redis_server.stop()
    redis_server.start()
    assert one.head() == 1 and one.away == ()


@pytest.mark.parametrize("url", ["http://h", "redis://h:port", "redis://:hush@[", ""])
def test_an_address_that_is_none(url):
    with pytest.raises(StoreError, match="redis: the address") as caught:
        RedisServer(url)
    assert "hush" not in str(caught.value)


def test_the_log_tells_when_users_changed():
    followed = Followed(most=2)
    followed.note(0, 3, [("a", 1), ("b", 2), ("a", 3)])
    assert followed.is_whole(["a"], 3, 3) and not followed.is_whole(["a"], 2, 3)
    assert followed.is_whole(["b"], 2, 3) and followed.is_whole(["z"], 0, 3)
    assert not followed.is_whole(["b"], 2, 4)  # there is more in the log than was read
    assert not followed.is_whole(["b"], 5, 3)  # of a later state than the log's
    assert not followed.is_whole(["b", "a"], 2, 3)
    followed.note(3, 4, [("c", 4)])  # b, who changed longest ago, is forgotten
    assert followed.is_whole(["a"], 3, 4) and not followed.is_whole(["z"], 1, 4) and followed.is_whole(["z"], 2, 4)
    followed.note(0, 2, [("a", 1), ("b", 2)])  # read again from the start
    assert followed.is_whole(["a"], 3, 4)
    followed.note(9, 10, [("d", 10)])  # from the middle: who knows what came between
    assert not followed.is_whole(["a"], 8, 10) and followed.is_whole(["a"], 9, 10)
