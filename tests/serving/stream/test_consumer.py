"""Events from a stream: each kept once, whoever goes away in between; what is no event keeps nobody waiting."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.serving.stream.conftest import STREAM, kept, running
from tests.waiting import eventually

from genre.core.errors import StoreError
from genre.serving.store.sql import SqlStore
from genre.serving.stream.consumer import Consumer
from genre.serving.stream.settings import StreamSettings

DYING = Path(__file__).with_name("dying.py")


def post(redis, *numbers, **more):
    for n in numbers:
        redis.xadd(STREAM, {"user_id": f"u{n}", "item_id": "i", "type": "view", **more})


def users(store):
    return [event.user_id for event in kept(store)]


def take_all(consumer):
    return consumer.run(threading.Event(), until_idle=True)


def test_events_are_kept_in_order_and_done_with(redis, store, consumer):
    post(redis, *range(1_200))
    found = take_all(consumer(batch=500))
    assert users(store) == [f"u{n}" for n in range(1_200)]
    assert (found.n_new, found.n_known, found.n_refused, found.lag.n_waiting) == (1_200, 0, 0, 0)
    assert redis.xpending(STREAM, "genre")["pending"] == 0
    assert redis.xinfo_consumers(STREAM, "genre") == []  # who leaves takes his name along


def test_an_event_is_taken_at_once(redis, store, consumer):
    with running(consumer()):
        eventually(lambda: redis.exists(STREAM))
        for n in range(3):
            post(redis, n)
            eventually(lambda n=n: len(kept(store)) == n + 1)


def test_an_event_that_is_sent_twice_is_kept_once(redis, store, consumer):
    post(redis, 1, 1, 2, event_id="e")
    found = take_all(consumer())
    assert users(store) == ["u1"] and (found.n_new, found.n_known) == (1, 2)


def test_what_is_no_event_goes_to_the_dead(redis, store, consumer):
    post(redis, 0, 1)
    bad = redis.xadd(STREAM, {"user_id": "u", "colour": b"\xff\x00"})
    long = redis.xadd(STREAM, {"user_id": "u\0", "item_id": "i", "type": "view"})
    post(redis, 2, 3)
    found = take_all(consumer())
    assert users(store) == ["u0", "u1", "u2", "u3"] and found.n_refused == 2
    (_, first), (_, second) = redis.xrange(f"{STREAM}:dead")
    assert first.pop(b"dead_reason").startswith(b"entry: cannot be read: 'utf-8' codec")
    assert first == {b"user_id": b"u", b"colour": b"\xff\x00", b"dead_entry": f"{STREAM}/{bad.decode()}".encode()}
    assert second[b"dead_reason"].startswith(b"user_id: ")
    assert second[b"dead_entry"].endswith(long)
    assert redis.xpending(STREAM, "genre")["pending"] == 0


def test_several_consumers_share_the_work(redis, store, consumer):
    post(redis, *range(300))
    with running(consumer(batch=7)) as one, running(consumer(batch=7)) as two:
        eventually(lambda: one.progress.n_new + two.progress.n_new == 300)
    assert sorted(users(store)) == sorted(f"u{n}" for n in range(300))
    assert one.progress.n_new and two.progress.n_new


def test_what_a_dead_consumer_left_is_claimed(redis, store, consumer):
    post(redis, 0, 1, 2)
    redis.xgroup_create(STREAM, "genre", id="0")
    redis.xreadgroup("genre", "gone", {STREAM: ">"}, count=2)
    found = take_all(consumer())
    assert sorted(users(store)) == ["u0", "u1", "u2"] and found.n_claimed == 2


def test_entries_that_were_trimmed_meanwhile_are_counted(redis, store, consumer):
    post(redis, 0, 1, 2)
    redis.xgroup_create(STREAM, "genre", id="0")
    one = consumer()
    redis.xreadgroup("genre", one._group._name, {STREAM: ">"}, count=2)
    redis.xtrim(STREAM, maxlen=1, approximate=False)
    found = take_all(one)
    assert users(store) == ["u2"] and (found.n_lost, found.n_refused, found.lag.n_pending) == (2, 0, 0)


def test_an_entry_that_breaks_consumers_off_is_given_up_alone(redis, store, consumer):
    post(redis, *range(5))

    class Broken(Exception):
        pass

    class Fragile:
        head = store.head

        def add_events(self, events):
            if any(event.user_id == "u2" for event in events):
                raise Broken
            return store.add_events(events)

    n_broken = 0
    while True:  # each time another process, as far as Redis can tell
        one = consumer(Fragile(), idle_s=0.001, deliveries=5)
        time.sleep(0.002)
        try:
            take_all(one)
            break
        except Broken:
            n_broken += 1
            assert n_broken < 20
    assert sorted(users(store)) == ["u0", "u1", "u3", "u4"] and n_broken > 4
    ((_, dead),) = redis.xrange(f"{STREAM}:dead")
    assert dead[b"user_id"] == b"u2" and dead[b"dead_reason"].startswith(b"its consumer broke off")


def test_redis_goes_and_comes_back(redis, store, consumer, redis_server):
    with running(consumer()) as one:
        post(redis, *range(10))
        eventually(lambda: one.progress.n_new == 10)
        redis_server.save()
        redis_server.stop()
        eventually(lambda: one.progress.away)
        assert redis_server.password not in one.progress.away
        redis_server.start()
        post(redis_server.client(), *range(10, 20))
        eventually(lambda: one.progress.n_new == 20)
        assert not one.progress.away
    assert users(store) == [f"u{n}" for n in range(20)]


def test_redis_comes_back_with_less_than_was_taken(redis, store, consumer, redis_server):
    """Entries that come again, under the ids that they had, are known; an empty server is begun anew."""
    with running(consumer()) as one:
        post(redis, 0)
        eventually(lambda: one.progress.n_new == 1)
        redis_server.save()
        last = redis.xadd(STREAM, {"user_id": "u1", "item_id": "i", "type": "view"})
        eventually(lambda: one.progress.n_new == 2)
        redis_server.stop()
        redis_server.start()
        redis_server.client().xadd(STREAM, {"user_id": "u1", "item_id": "i", "type": "view"}, id=last)
        eventually(lambda: one.progress.n_known == 1)
        redis_server.empty()
        post(redis_server.client(), 2)
        eventually(lambda: one.progress.n_new == 3)
    assert users(store) == ["u0", "u1", "u2"]


def test_the_store_goes_and_comes_back(redis, store, consumer):
    class Moody:
        is_away = True

        def head(self):
            return self.ask(store.head)

        def add_events(self, events):
            return self.ask(lambda: store.add_events(events))

        def ask(self, question):
            if self.is_away:
                raise StoreError("the store is away")
            return question()

    moody = Moody()
    post(redis, *range(5))
    with running(consumer(moody)) as one:
        eventually(lambda: one.progress.away == "the store is away")
        moody.is_away = False
        eventually(lambda: one.progress.n_new == 5)
        moody.is_away = True
        post(redis, 5)
        eventually(lambda: one.progress.away)
        moody.is_away = False
        eventually(lambda: one.progress.n_new == 6)
    assert users(store) == [f"u{n}" for n in range(6)]
    assert redis.xpending(STREAM, "genre")["pending"] == 0


def test_the_lag_tells_what_waits_and_for_how_long(redis, consumer, redis_server):
    seconds, _ = redis.time()
    redis.xgroup_create(STREAM, "genre", id="0", mkstream=True)
    for age in (50, 40, 30):
        redis.xadd(STREAM, {"a": "b"}, id=f"{(seconds - age) * 1000}-0")
    group = consumer()._group
    lag = group.lag()
    assert (lag.n_waiting, lag.n_pending) == (3, 0) and lag.oldest_s == pytest.approx(50, abs=3)
    ((_, ((first, _), *_)),) = redis.xreadgroup("genre", "other", {STREAM: ">"}, count=2)
    lag = group.lag()
    assert (lag.n_waiting, lag.n_pending) == (1, 2) and lag.oldest_s == pytest.approx(50, abs=3)
    redis.xack(STREAM, "genre", first)
    assert group.lag().oldest_s == pytest.approx(40, abs=3)
    assert group.new()[0].id.startswith(str((seconds - 30) * 1000))
    redis.xack(STREAM, "genre", *(one["message_id"] for one in redis.xpending_range(STREAM, "genre", "-", "+", 9)))
    assert (group.lag().n_waiting, group.lag().oldest_s) == (0, 0.0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_sigkill_between_commit_and_done(redis, redis_server, tmp_path, when):
    """The process dies in its third batch, just before or just after the commit."""
    store = SqlStore.open(tmp_path / "store.db")
    post(redis, *range(20))
    command = [sys.executable, DYING, tmp_path / "store.db", redis_server.url(), STREAM, when]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
    n_before = len(kept(store))
    assert n_before == (10 if when == "before" else 15)
    assert redis.xpending(STREAM, "genre")["pending"] == 5
    time.sleep(0.05)
    found = take_all(Consumer(store, redis_server.url(), STREAM, StreamSettings(idle_s=0.01)))
    assert sorted(users(store), key=lambda id: int(id[1:])) == [f"u{n}" for n in range(20)]
    assert found.n_known == (0 if when == "before" else 5) and found.n_claimed == 5
    store.close()
