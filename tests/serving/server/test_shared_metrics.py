"""Two processes that count into one folder: each tells what both say, and a dead one is no longer there."""

import signal

import pytest
from prometheus_client.multiprocess import mark_process_dead
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture(scope="module")
def pair(serve, bundle, tmp_path_factory):
    """Two servers over one store, and a key that both know."""
    folder, state = tmp_path_factory.mktemp("metrics"), tmp_path_factory.mktemp("state") / "state.db"
    place = {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    one = serve(bundle, "--store", state, "--set", "api.follow_s=0.2", **place)
    two = serve(bundle, "--store", state, "--set", "api.follow_s=0.2", **place)
    return folder, (one, two), one.keys[0]


def told(server, key):
    text = server.ask("GET", "/metrics", key=key).text
    assert "problem" not in text, server.err[-3000:]
    return {
        (one.name, *sorted(value for name, value in one.labels.items() if name != "tenant")): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def ask_for_lists(servers, key):
    """Two lists from each; the items that they showed."""
    questions = [
        (server, {"user_id": user, "k": k}) for server, k in zip(servers, (3, 5), strict=True) for user in "ab"
    ]
    answers = [server.ask("POST", "/v1/recommend", question, key=key).json() for server, question in questions]
    return {one["item_id"] for answer in answers for one in answer["items"]}


def test_each_tells_what_both_say(pair):
    _, servers, key = pair
    listed = ask_for_lists(servers, key)
    servers[0].ask("PUT", "/v1/items", {"items": [{"item_id": "new", "text": "A robot"}]}, key=key)
    listed |= ask_for_lists(servers, key)
    event = {"event_id": "e1", "user_id": "u9", "item_id": "i1", "type": "view", "at": 1_700_000_000}
    servers[1].ask("POST", "/v1/events", {"events": [event]}, key=key)
    for server in (*servers, *servers):
        found = told(server, key)
        assert found[("genre_lists_total", "popular", "recommend")] == 8
        assert found[("genre_requests_total", "200", "PUT /v1/items")] == 1
        assert found[("genre_request_seconds_count", "POST /v1/recommend")] == 8
        assert found[("genre_event_lag_seconds_count", "api")] == 1
        assert found[("genre_workers",)] == found[("genre_model_active", "tiny")] == 2
        assert found[("genre_items",)] == 25 and found[("genre_store_up",)] == 1
        assert found[("genre_newest_event_time_seconds",)] == 1_700_000_000
        assert found[("genre_coverage",)] == pytest.approx(len(listed) / 25, rel=0.01)
        assert found[("genre_process_resident_memory_bytes",)] > 2e8  # two interpreters with their libraries
        assert not [name for name in found if any("pid" in str(part) for part in name)]


def test_of_a_process_that_died_the_counts_stay_and_the_levels_go(pair):
    folder, (one, two), key = pair
    before = told(two, key)
    one.process.send_signal(signal.SIGKILL)
    one.process.wait(20)
    mark_process_dead(one.process.pid, str(folder))
    after = told(two, key)
    for name in ("genre_lists_total", "popular", "recommend"), ("genre_requests_total", "200", "PUT /v1/items"):
        assert after[name] == before[name]
    assert after[("genre_process_cpu_seconds_total",)] >= before[("genre_process_cpu_seconds_total",)]
    assert after[("genre_workers",)] == after[("genre_model_active", "tiny")] == 1
    assert after[("genre_process_resident_memory_bytes",)] < 0.8 * before[("genre_process_resident_memory_bytes",)]
