"""Models over HTTP: listed, activated while requests go on, rolled back, followed by other processes."""

import threading
import time

import pytest
from tests.waiting import eventually

from genre.config.recipe import INDEXES
from genre.pipeline import bundle
from genre.serving.api.bundles import Bundles
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service


@pytest.fixture
def folder(tiny_model, tmp_path):
    for version in ("v1", "v2"):
        bundle.save(tiny_model, tmp_path / "bundles" / version)
    broken = tmp_path / "bundles" / "broken"
    bundle.save(tiny_model, broken)
    (broken / "recipe.json").write_text("{}")
    return tmp_path / "bundles"


@pytest.fixture
def asked(open_api, folder):
    """The API over the folder, and a way to ask with an admin key."""
    api = open_api(folder)
    key = api.key("admin")
    return api, lambda method, path, body=None: api.ask(method, path, key, body)


def test_versions_are_listed_activated_and_rolled_back(asked):
    api, ask = asked
    told = ask("GET", "/v1/models").json()
    assert told["active"] == "tiny-1" and told["activations"] == []
    there = {one["version"]: (one["is_active"], one["is_loadable"]) for one in told["versions"]}
    assert there == {"broken": (False, True), "tiny-1": (True, False), "v1": (False, True), "v2": (False, True)}
    assert ask("POST", "/v1/models/v1/activate").json() == {"active": "v1", "before": "tiny-1"}
    assert ask("POST", "/v1/models/v2/activate").json() == {"active": "v2", "before": "v1"}
    assert ask("POST", "/v1/recommend", {}).json()["model_version"] == "v2"
    assert ask("POST", "/v1/models/rollback").json() == {"active": "v1", "before": "v2"}
    assert ask("POST", "/v1/recommend", {}).json()["model_version"] == "v1"
    assert [one["version"] for one in ask("GET", "/v1/models").json()["activations"]] == ["v1", "v2", "v1"]
    notes = api.store.audit.newest(3)
    assert [(note.action, note.subject) for note in notes][:2] == [("models.rollback", "v1"), ("models.activate", "v2")]


def test_how_indexes_do_is_told_of_the_model_that_answers(asked, folder, tiny_model):
    _, ask = asked
    assert ask("GET", "/v1/models").json()["indexes"] == []
    index = INDEXES.parse({"type": "usearch", "exact_below": 0})
    bundle.save(tiny_model.indexed(index), folder / "near")
    ask("POST", "/v1/models/near/activate")
    told = {one["name"]: one for one in ask("GET", "/v1/models").json()["indexes"]}
    assert set(told) == {"liked", "alike", "words"}
    assert (told["liked"]["type"], told["liked"]["is_exact"], told["alike"]["n_rows"]) == ("usearch", False, 24)
    assert told["liked"]["recall"] >= 0.95 and told["liked"]["n_bytes"] > 0


def test_what_cannot_be_activated_leaves_the_old_one(asked, folder):
    _, ask = asked
    assert ask("POST", "/v1/models/rollback").status_code == 409
    unknown = ask("POST", "/v1/models/v3/activate")
    assert unknown.status_code == 404 and unknown.json()["faults"][0]["mend"] == "Known: broken, v1, v2."
    broken = ask("POST", "/v1/models/broken/activate")
    assert broken.status_code == 409 and str(folder) not in broken.text
    assert ask("POST", "/v1/models/..%2Fbundles/activate").status_code in (404, 422)
    assert ask("POST", "/v1/recommend", {}).json()["model_version"] == "tiny-1"


def test_no_request_fails_while_a_model_is_loaded(asked, monkeypatch):
    api, ask = asked
    load, may_go_on, seen = Bundles.load, threading.Event(), []

    def slow(self, version):
        assert may_go_on.wait(20)
        return load(self, version)

    monkeypatch.setattr(Bundles, "load", slow)
    activation = threading.Thread(target=lambda: seen.append(ask("POST", "/v1/models/v1/activate").status_code))
    activation.start()
    while not api.tenant._activating.locked():
        time.sleep(0.001)
    during = [ask("POST", "/v1/recommend", {"user_id": "u0"}) for _ in range(5)]
    event = {"user_id": "u0", "item_id": during[0].json()["items"][0]["item_id"], "type": "view"}
    taken = ask("POST", "/v1/events", {"events": [event]})
    second = ask("POST", "/v1/models/v2/activate")
    may_go_on.set()
    activation.join(20)
    assert [one.json()["model_version"] for one in during] == ["tiny-1"] * 5
    assert taken.status_code == 200 and second.status_code == 409 and seen == [200]
    after = ask("POST", "/v1/recommend", {"user_id": "u0", "k": 5}).json()
    assert after["model_version"] == "v1" and event["item_id"] not in [one["item_id"] for one in after["items"]]


def test_another_process_follows(asked, tiny_model, folder):
    api, ask = asked
    other = Tenant("default", Service(tiny_model, "tiny-1", api.store), api.store, Bundles(folder))
    other.follow()
    assert other.service.version == "tiny-1"
    ask("POST", "/v1/models/v1/activate")
    other.follow()
    assert other.service.version == "v1" and other.before() == "tiny-1"
    assert len(api.store.activations()) == 1


def test_workers_follow_by_themselves(open_api, folder):
    api = open_api({"v1": folder / "v1"}, follow_s=0.01)
    api.store.activate("v1")  # as another process does
    eventually(lambda: api.tenant.service.version == "v1")
