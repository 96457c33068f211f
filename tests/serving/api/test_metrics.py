"""Metrics say what happened and how it stands, in words that Prometheus knows."""

import shutil
import subprocess

import numpy as np
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from genre.core.errors import StoreError
from genre.serving.api.app import create_app
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service

DAY_S = 86_400


def read(api, key=None):
    """(name, labels as text) -> value."""
    text = api.ask("GET", "/metrics", key or api.key("read")).text
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return {
        (one.name, *(f"{name}={value}" for name, value in sorted(one.labels.items()))): one.value for one in samples
    }


def of(api, name, *labels):
    return read(api)[(f"genre_{name}", *labels, "tenant=default")]


def post(api, *events, key=None):
    return api.ask("POST", "/v1/events", key or api.key("events"), {"events": list(events)})


def view(at=None, **more):
    return {"user_id": "u0", "item_id": "i1", "type": "view", **({} if at is None else {"at": at}), **more}


def test_refusals_are_counted_by_what_the_key_failed_at(api):
    api.client.get("/v1/models")
    api.ask("GET", "/v1/models", "gk_0_0")
    api.ask("GET", "/v1/models", api.key("events"))
    api.ask("GET", "/v1/models", api.key("read", tenant="other"))
    slow, little = api.key("read", rate_per_minute=1), api.key("read", daily_quota=1)
    for key in (slow, slow, little, little, little):
        api.ask("GET", "/v1/models", key)
    found = {name[1:]: value for name, value in read(api).items() if name[0] == "genre_refusals_total"}
    assert found == {
        ("reason=key", "tenant="): 2,
        ("reason=scope", "tenant=default"): 1,
        ("reason=tenant", "tenant=other"): 1,
        ("reason=rate", "tenant=default"): 1,
        ("reason=quota", "tenant=default"): 2,
    }


def test_events_are_late_by_their_own_time_and_by_the_way_they_take(api):
    now = api.clock[0]
    post(api, view(now - DAY_S * 2), view(now - 20), view())
    found = read(api)
    way = ("source=api", "tenant=default")
    assert found[("genre_event_lag_seconds_count", *way)] == 1 and found[("genre_event_lag_seconds_sum", *way)] > 0
    ages = {
        name[1].removeprefix("le="): value
        for name, value in found.items()
        if name[0] == "genre_event_age_seconds_bucket"
    }
    assert (ages["0.05"], ages["30.0"], ages["86400.0"], ages["604800.0"]) == (1, 2, 2, 3)
    post(api, view(now - 20))  # the same event once more
    assert of(api, "event_lag_seconds_count", "source=api") == 1


def test_of_many_events_the_ages_of_some_are_looked_at(api):
    post(api, *(view(api.clock[0] - n) for n in range(1000)))
    assert 20 <= of(api, "event_age_seconds_count", "source=api") <= 40
    assert of(api, "event_age_seconds_sum", "source=api") == pytest.approx(20 * 475, rel=0.1)


def test_the_newest_event_is_the_newest_by_its_own_time(api):
    assert not [name for name in read(api) if name[0] == "genre_newest_event_time_seconds"]
    for at in (-50, -20, -30):
        post(api, view(api.clock[0] + at))
    assert of(api, "newest_event_time_seconds") == api.clock[0] - 20


def test_levels_are_those_of_the_service(api, tiny_model):
    admin = api.key("admin")
    api.key("read", tenant="other")
    api.key("read", expires_at=api.clock[0] - 1)
    api.ask("PUT", "/v1/items", admin, {"items": [{"item_id": "new", "text": "A robot"}]})
    for user in ("u0", "u1", "new"):
        api.ask("POST", "/v1/recommend", admin, {"user_id": user, "k": 25})
    found = {name[0]: value for name, value in read(api, admin).items() if name[1:] == ("tenant=default",)}
    assert {name.removeprefix("genre_"): value for name, value in found.items() if "_time_" not in name} == {
        "items": 25,
        "waiting_items": 0,
        "refused_items": 0,
        "kept_users": 3,
        "keys": 1,
        "coverage": pytest.approx(1.0, abs=0.01),
        "store_up": 1,
        "store_away_seconds": 0,
        "changes_behind": 0,
    }
    assert found["genre_model_fitted_time_seconds"] == tiny_model.fitted_at


def test_coverage_is_the_share_that_was_recommended(api):
    key = api.key("read")
    api.ask("POST", "/v1/recommend", key, {"k": 6})
    api.ask("POST", "/v1/similar", key, {"items": ["i1"], "k": 20})
    assert of(api, "coverage") == pytest.approx(6 / 24, rel=0.01)
    api.clock[0] += 2 * 3600
    assert of(api, "coverage") == 0


def test_processes_are_counted_by_the_version_that_they_answer_with(open_api, tiny_model, tmp_path):
    api = open_api({version: tiny_model.save(tmp_path / version) for version in ("v1", "v2")})
    assert read(api)[("genre_model_active", "tenant=default", "version=tiny-1")] == 1
    for version in ("v1", "v2"):
        api.ask("POST", f"/v1/models/{version}/activate", api.key("admin"))
        read(api)
    found = {name[2]: value for name, value in read(api).items() if name[0] == "genre_model_active"}
    assert found == {"version=tiny-1": 0, "version=v1": 0, "version=v2": 1}


def test_a_store_that_is_away_is_told_and_lists_made_meanwhile_are_counted(api, monkeypatch):
    def fail(*_):
        raise StoreError("gone")

    key = api.key("read")
    read(api, key)
    with monkeypatch.context() as patch:
        patch.setattr(type(api.store), "head", fail)
        api.ask("POST", "/v1/recommend", key, {})
        found = read(api, key)
        assert found[("genre_store_up", "tenant=default")] == 0
        assert found[("genre_store_away_seconds", "tenant=default")] > 0
        assert found[("genre_away_lists_total", "kind=recommend", "tenant=default")] == 1


def test_what_another_process_wrote_is_behind_once(api):
    store = api.store.of_tenant("default")
    store.put("items", [])
    other = Service(api.tenant.service._live.state.shelf.model, "x", store)
    other.put_items([{"item_id": f"n{n}", "text": "A robot"} for n in range(3)])
    desk = api.client.app.state.desk
    assert [of(api, "changes_behind") for _ in range(2)] == [3, 0]
    assert of(api, "items") == 27 and desk.tenants["default"].service.n_items == 27


def test_the_process_tells_its_memory_and_time(api):
    process, found = psutil.Process(), read(api)
    assert found[("genre_process_resident_memory_bytes",)] == pytest.approx(process.memory_info().rss, rel=0.05)
    spent = sum(process.cpu_times()[:2])
    assert found[("genre_process_cpu_seconds_total",)] == pytest.approx(spent, rel=0.2)
    assert found[("genre_workers",)] == 1
    np.zeros(10**7).sort()
    assert read(api)[("genre_process_cpu_seconds_total",)] > found[("genre_process_cpu_seconds_total",)]


def test_a_tenant_among_others_reads_its_own_figures_and_those_of_the_process(api, tiny_model):
    store = api.store.of_tenant("other")
    app = create_app([api.tenant, Tenant("other", Service(tiny_model, "v", store), store)], api.store.keys)
    key = api.key("read", tenant="other")
    with TestClient(app) as client:
        client.get("/v1/models")
        text = client.get("/metrics", headers={"authorization": f"Bearer {key}"}).text
    tenants = {one.labels.get("tenant") for family in text_string_to_metric_families(text) for one in family.samples}
    assert tenants == {"other", None} and "genre_workers 1.0" in text


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_no_fault(api):
    post(api, view())
    api.ask("POST", "/v1/recommend", api.key("read"), {"k": 30})
    text = api.ask("GET", "/metrics", api.key("read")).text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
