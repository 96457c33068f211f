"""Two servers on one PostgreSQL with Redis between them, which comes and goes."""

import json
import os
import subprocess

import pytest
from tests.serving.server.conftest import GENRE
from tests.waiting import eventually


@pytest.fixture(scope="module")
def replicas(serve, bundle, postgres, redis_process, tmp_path_factory):
    """Two of them, with a stream of events and keys in common."""
    settings = tmp_path_factory.mktemp("settings") / "s.yaml"
    settings.write_text("redis: {env: REDIS}\nstream: {idle_s: 0.5}\n")
    where = {"GENRE_STORE": postgres.new_database(), "REDIS": redis_process.url()}
    one = serve(bundle, "--settings", settings, **where)
    return one, serve(bundle, "--settings", settings, **where), one.keys[0]


@pytest.fixture(autouse=True)
def redis(redis_server):
    client = redis_server.client()
    yield client
    client.close()


def history(server, user_id, key):
    return server.ask("GET", f"/v1/users/{user_id}", key=key).json().get("history")


def tell(server, user_id, item_id, key):
    event = {"user_id": user_id, "item_id": item_id, "type": "view"}
    answer = server.ask("POST", "/v1/events", {"events": [event]}, key)
    assert answer.status_code == 200 and answer.json()["new"] == 1
    return answer


def items_of(server, key):
    answer = server.ask("POST", "/v1/recommend", {"k": 20}, key).json()
    return [one["item_id"] for one in answer["items"]]


def test_what_one_acknowledges_the_other_knows(replicas):
    one, two, key = replicas
    items = items_of(one, key)
    for n, item in enumerate(items):
        tell((one, two)[n % 2], "u-shared", item, key)
        assert history((two, one)[n % 2], "u-shared", key) == items[: n + 1]


def test_it_does_while_redis_is_away_and_says_so(replicas, redis_server):
    one, two, key = replicas
    items = items_of(one, key)[:8]
    for n, item in enumerate(items):
        if n == 2:
            redis_server.stop()
        if n == 5:
            redis_server.start()
        tell((one, two)[n % 2], "u-alone", item, key)
        assert history((two, one)[n % 2], "u-alone", key) == items[: n + 1]
        if 2 <= n < 5:
            listed = two.ask("GET", "/v1/recommend/u-alone", key=key)
            assert listed.headers["genre-away"] == "redis" and len(listed.json()["items"]) == 10
            assert one.ask("GET", "/health/ready").status_code == 200
    eventually(lambda: "genre-away" not in two.ask("GET", "/v1/recommend/u-alone", key=key).headers)


def test_events_of_the_stream_are_in_the_next_answers(replicas, redis):
    one, two, key = replicas
    items = items_of(one, key)[:5]
    for n, item in enumerate(items):  # which of both takes one first is not said
        event = {"user_id": "u-stream", "item_id": item, "type": "view", "at": 1_700_000_000 + n}
        redis.xadd("genre:events:default", event)
    redis.xadd("genre:events:default", {"user_id": "u-stream"})
    eventually(lambda: history(two, "u-stream", key) == items and redis.exists("genre:events:default:dead"))
    assert history(one, "u-stream", key) == items
    told = "".join(server.ask("GET", "/metrics", key=key).text for server in (one, two))
    assert told.count('genre_stream_refused_total{tenant="default"} 1.0') == 1
    assert 'genre_stream_away{tenant="default"} 0.0' in told
    assert 'genre_event_age_seconds_bucket{le="604800.0",source="stream",tenant="default"} 0.0' in told
    assert 'genre_event_lag_seconds_bucket{le="10.0",source="stream",tenant="default"} 0.0' not in told


def test_an_erased_user_is_gone_from_redis_too(replicas, redis):
    one, two, key = replicas
    item = items_of(one, key)[0]
    tell(one, "u-gone", item, key)
    assert history(two, "u-gone", key) == [item]
    assert any(item.encode() in (redis.get(name) or b"") for name in redis.scan_iter("genre:*:events:*"))
    assert two.ask("DELETE", "/v1/users/u-gone", key=key).status_code == 200
    assert not any(b"[" in (redis.get(name) or b"") for name in redis.scan_iter("genre:*:events:*"))
    assert one.ask("GET", "/v1/users/u-gone", key=key).status_code == 404


def test_a_file_goes_into_the_service(replicas, tmp_path):
    one, two, key = replicas
    items = items_of(one, key)[:3]
    rows = [f"u-file,{item},{1_700_000_000 + n}" for n, item in enumerate(items)]
    (tmp_path / "e.csv").write_text("\n".join(["user_id,item_id,at", *rows, "x" * 600 + ",i,1700000000"]))
    for n_new in (3, 0):
        command = [*GENRE, "ingest", one.url, tmp_path / "e.csv", "--json"]
        done = subprocess.run(command, env={**os.environ, "GENRE_KEY": key}, capture_output=True, check=True)
        told = json.loads(done.stdout)
        assert (told["new"], told["known"], told["refused"]) == (n_new, 3 - n_new, 1)
    assert history(two, "u-file", key) == items


def test_they_stop_when_told(replicas):
    assert [server.stop() for server in replicas[:2]] == [0, 0]
