"""Reading a stream again."""

import pytest
from tests.serving.stream.conftest import STREAM, kept

from genre.core.errors import DataError, StoreError
from genre.serving.stream import replay as replaying
from genre.serving.stream.replay import first_id, replay


@pytest.fixture
def filled(redis):
    for n in range(7):
        redis.xadd(STREAM, {"user_id": f"u{n}", "item_id": "i", "type": "view"}, id=f"170000000{n}000-0")
    redis.xadd(STREAM, {"user_id": "nobody"})
    return redis


@pytest.mark.parametrize(
    "start, n",
    [("0", 7), ("1700000004000-0", 3), ("1700000004000-1", 2), ("2023-11-14T22:13:25Z", 2), ("2199-01-01", 0)],
)
def test_events_from_some_point_on(filled, store, redis_server, monkeypatch, start, n):
    monkeypatch.setattr(replaying, "AT_A_TIME", 3)
    found = replay(store, redis_server.url(), STREAM, start)
    assert [event.user_id for event in kept(store)] == [f"u{number}" for number in range(7 - n, 7)]
    assert (found.n_new, found.n_known, len(found.refused)) == (n, 0, int(start != "2199-01-01"))


def test_a_replay_changes_nothing_twice(filled, store, consumer, redis_server):
    import threading

    consumer().run(threading.Event(), until_idle=True)
    before = kept(store)
    found = replay(store, redis_server.url(), STREAM, "0")
    assert (found.n_new, found.n_known) == (0, 7) and kept(store) == before
    assert filled.xlen(f"{STREAM}:dead") == 1 and filled.xinfo_groups(STREAM)[0]["pending"] == 0


def test_what_was_set_aside_can_be_read_once_it_is_mended(filled, store, consumer, redis_server):
    import threading

    consumer().run(threading.Event(), until_idle=True)
    ((id, dead),) = filled.xrange(f"{STREAM}:dead")
    filled.xdel(f"{STREAM}:dead", id)
    filled.xadd(f"{STREAM}:dead", {**dead, "item_id": "i", "type": "view"})
    assert replay(store, redis_server.url(), f"{STREAM}:dead", "0").n_new == 1
    assert kept(store)[-1].event_id == dead[b"dead_entry"].decode()
    assert replay(store, redis_server.url(), STREAM, "0").n_new == 0


def test_an_empty_stream(store, redis_server):
    assert replay(store, redis_server.url(), STREAM, "0").n_new == 0


def test_redis_is_away(store, redis_server):
    url = redis_server.url().replace(f":{redis_server.port}/", ":1/")
    with pytest.raises(StoreError, match=r"redis://127.0.0.1:1/0: cannot be read"):
        replay(store, url, STREAM, "0")


def test_where_a_replay_begins():
    assert [first_id(start) for start in ("0", "5-3", "1700000000123")] == ["0", "5-3", "1700000000123"]
    assert first_id("1970-01-01T00:00:01+00:00") == "1000"
    for start in ("soon", "", "1-x", "2026-02-30", "-5"):
        with pytest.raises(DataError, match="neither an id nor a time"):
            first_id(start)
