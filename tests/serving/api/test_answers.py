"""Whatever is asked, an answer is a document with an id, safe headers and nothing from inside."""

import threading

import pytest
from starlette.testclient import TestClient

from genre.core.errors import Fault, StoreError
from genre.serving.api.app import create_app
from genre.serving.api.settings import ApiSettings
from genre.serving.service import Service

SAFE = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "cache-control": "no-store"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/recommend", 405),
        ("POST", "/v1/items/i1", 405),
        ("OPTIONS", "/v1/recommend", 405),
        ("GET", "/v1/models", 401),
        ("GET", "/docs", 404),
    ],
)
def test_refusals_are_problems(api, method, path, status):
    answer = api.client.request(method, path)
    assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "faults", "request_id"}
    assert problem["status"] == status and problem["request_id"] == answer.headers["x-request-id"]
    assert all(set(fault) == {"where", "what", "mend"} for fault in problem["faults"])


def test_a_wrong_method_is_told_the_right_ones(api):
    assert api.client.post("/v1/items/i1").headers["allow"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/v1/models"])
def test_every_answer_has_an_id_and_safe_headers(api, path):
    answer = api.client.get(path)
    assert len(answer.headers["x-request-id"]) == 16
    assert SAFE.items() <= dict(answer.headers).items()
    assert "strict-transport-security" not in answer.headers


def test_an_id_of_the_sender_is_kept_if_it_is_plain(api):
    assert api.client.get("/health/live", headers={"x-request-id": "a-1.b"}).headers["x-request-id"] == "a-1.b"
    for odd in ("a b", "x" * 65, "", "a\tb", "gk_1_2"):
        assert api.client.get("/health/live", headers={"x-request-id": odd}).headers["x-request-id"] != odd


def test_faults_of_the_service_stay_inside(api, admin, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("secret-detail")

    monkeypatch.setattr(Service, "recommend", fail)
    problem = admin("POST", "/v1/recommend", {}, 500)
    assert problem["faults"] == [] and problem["detail"] == "A fault of the service"


def test_a_store_out_of_reach_is_told_without_its_place(api, admin, monkeypatch):
    def fail(*_):
        raise StoreError(Fault("postgresql://db.internal", "is gone."))

    for method in ("head", "add_events"):
        monkeypatch.setattr(type(api.store), method, fail)
    key = api.key("admin")
    event = {"event_id": "e1", "user_id": "u1", "item_id": "i1", "type": "view"}
    refused = api.ask("POST", "/v1/events", key, {"events": [event]})
    assert refused.status_code == 503 and refused.headers["retry-after"] == "1" and "internal" not in refused.text
    listed = api.ask("POST", "/v1/recommend", key, {"user_id": "u1"})
    assert listed.status_code == 200 and listed.headers["genre-away"] == "store" and len(listed.json()["items"]) == 10
    assert api.client.get("/health/ready").status_code == 503
    assert api.client.get("/health/live").status_code == 200


def test_keys_that_are_known_are_believed_while_the_store_is_away(open_api, monkeypatch):
    api = open_api(key_cache_s=1, key_grace_s=60)
    key = api.key("read")
    assert api.ask("GET", "/v1/items/i1", key).status_code == 200

    def fail(*_):
        raise StoreError("gone")

    monkeypatch.setattr(type(api.store.keys), "all", fail)
    for wait_s, status in ((30, 200), (29, 200), (2, 503)):
        api.ticks[0] += wait_s
        assert api.ask("GET", "/v1/items/i1", key).status_code == status


def test_nobody_waits_for_keys_of_a_store_that_hangs(open_api, monkeypatch):
    api = open_api(key_cache_s=1, key_grace_s=60)
    key = api.key("read")
    assert api.ask("GET", "/v1/items/i1", key).status_code == 200
    ask, is_back, n_asked = type(api.store.keys).all, threading.Event(), []

    def hang(*asked):
        n_asked.append(1)
        assert is_back.wait(20)
        return ask(*asked)

    monkeypatch.setattr(type(api.store.keys), "all", hang)
    for _ in range(3):
        api.ticks[0] += 2
        assert api.ask("GET", "/v1/items/i1", key).status_code == 200  # or it would hang here
    assert len(n_asked) == 1  # who comes later does not ask on top of it
    api.ticks[0] += 60  # too long ago to be believed: this one waits
    threading.Timer(0.2, is_back.set).start()
    assert api.ask("GET", "/v1/items/i1", key).status_code == 200 and is_back.is_set()


def test_pages_of_other_origins_may_not_ask_unless_allowed(open_api):
    asks = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    closed = open_api()
    assert "access-control-allow-origin" not in closed.client.get("/health/live", headers=asks).headers
    api = open_api(cors_origins=["https://shop.example"])
    allowed = api.client.options("/v1/recommend", headers=asks)
    assert allowed.status_code == 200 and allowed.headers["access-control-allow-origin"] == "https://shop.example"
    answer = api.client.get("/health/live", headers=asks)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example" and answer.headers["x-request-id"]
    other = api.client.options("/v1/recommend", headers={**asks, "origin": "https://evil.example"})
    assert other.status_code == 400 and "access-control-allow-origin" not in other.headers


def test_over_tls_browsers_are_told_to_stay_there(api):
    with TestClient(create_app(api.tenant, api.store.keys, ApiSettings(is_https=True))) as client:
        assert "max-age" in client.get("/health/live").headers["strict-transport-security"]
