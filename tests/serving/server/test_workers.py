"""Several processes behind one port agree, and one that dies is begun again."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.waiting import eventually


@pytest.fixture(scope="module")
def server(serve, bundle):
    return serve(bundle, "--workers", 2)


def workers(server):
    """Process ids by what Linux says; those of helpers of multiprocessing left out."""
    pid = server.process.pid
    pids = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return [one for one in pids if "spawn_main" in command_of(one)]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def counted(server, name, **labels):
    families = text_string_to_metric_families(server.ask("GET", "/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())


def test_an_acknowledged_event_is_in_the_next_answer_of_whichever_worker(server):
    for number in range(15):
        user = f"new {number}"
        (item,) = server.recommend(user, k=1)
        server.click(user, item)
        for _ in range(4):
            assert server.recommend(user, k=24)[-1] == item  # what was seen comes last


def test_changes_of_one_item_are_not_lost_between_workers(server):
    def change(column, value):
        assert server.ask("PATCH", "/v1/items/i3", {column: value}).status_code == 200

    with ThreadPoolExecutor(4) as pool:
        for number in range(15):
            list(pool.map(change, ["year", "text"], [1900 + number, f"word {number}"]))
            item = server.ask("GET", "/v1/items/i3").json()
            assert (item["year"], item["text"]) == (1900 + number, f"word {number}")


def test_a_new_key_opens_at_once_whichever_worker_made_it(server):
    for number in range(5):
        made = server.ask("POST", "/v1/keys", {"name": f"shop {number}", "scopes": ["read"]}).json()["key"]
        assert {server.ask("GET", "/v1/models", key=made).status_code for _ in range(6)} == {200}


def test_metrics_are_those_of_all_workers(server):
    route = {"route": "GET /v1/items/{item_id}"}
    before = counted(server, "genre_requests_total", **route)
    for _ in range(30):
        server.ask("GET", "/v1/items/i1")
    for _ in range(5):
        assert counted(server, "genre_requests_total", **route) == before + 30
        assert counted(server, "genre_items") == 24


def test_a_worker_that_is_killed_is_begun_again_and_its_counts_stay(server):
    before = workers(server)
    counts = counted(server, "genre_requests_total")
    assert len(before) == 2 and counts > 0
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(set(workers(server)) - {before[0]}) == 2)
    assert before[1] in workers(server)
    for _ in range(20):
        assert server.ask("GET", "/v1/items/i1").status_code == 200
    assert counted(server, "genre_requests_total") > counts
    assert len(server.keys) == 1 and len(server.lines("ready")) == 1


def test_workers_end_with_a_parent_that_is_killed(serve, bundle):
    server = serve(bundle, "--workers", 2)
    pids = workers(server)
    server.process.kill()
    eventually(lambda: not any("spawn_main" in command_of(pid) for pid in pids))


def test_they_stop_together_with_exit_code_0_and_leave_nothing(serve, bundle, tmp_path):
    server = serve(bundle, "--workers", 2, TMPDIR=str(tmp_path))
    pids = workers(server)
    assert list(tmp_path.glob("genre-metrics-*"))
    assert server.stop() == 0
    assert not any(command_of(pid) for pid in pids) and not list(tmp_path.glob("genre-*"))
    assert "Traceback" not in server.err
