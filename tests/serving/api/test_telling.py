"""Logs and metrics tell what happened, and no secret."""

import io
import json
import logging

import pytest
from starlette.testclient import TestClient

from genre.serving.api.app import create_app
from genre.serving.api.logs import write_logs
from genre.serving.api.settings import ApiSettings
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service


@pytest.fixture
def log():
    """What is logged from here on, all of it."""
    root, stream = logging.getLogger("genre.serving"), io.StringIO()
    before = (root.handlers, root.propagate, root.level)
    write_logs(stream, logging.DEBUG)
    yield stream
    root.handlers, root.propagate, level = before
    root.setLevel(level)


def lines(log):
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_a_line(api, log):
    key = api.key("read")
    api.ask("GET", "/v1/recommend/u0", key, headers={"x-request-id": "r1"})
    api.client.get("/nowhere/u0")
    first, second = lines(log)
    assert first["request_id"] == "r1" and first["route"] == "GET /v1/recommend/{user_id}" and first["status"] == 200
    assert first["tenant"] == "default" and first["key_id"] == key.split("_")[1] and first["ms"] > 0
    assert first["user"] == api.tenant.service.pseudonym("u0")
    assert second["route"] == "GET (none)" and second["status"] == 404 and second["key_id"] is None


def test_no_secret_and_no_user_is_in_the_log(api, log, monkeypatch, capfd):
    admin = api.key("admin")
    planted = [admin, admin.split("_", 2)[2], "secret-user", "secret-words", "secret-item", "secret-column"]
    made = api.ask("POST", "/v1/keys", admin, {"name": "x", "scopes": ["read"]}).json()["key"]
    event = {"user_id": "secret-user", "item_id": "secret-item", "type": "view"}
    for method, path, body in [
        ("POST", "/v1/recommend", {"user_id": "secret-user"}),
        ("GET", "/v1/recommend/secret-user", None),
        ("POST", "/v1/search", {"text": "secret-words robot", "user_id": "secret-user"}),
        ("POST", "/v1/events", {"events": [event]}),
        ("POST", "/v1/events", {"events": [{**event, "at": "secret-words"}]}),
        ("PUT", "/v1/users", {"users": [{"user_id": "secret-user", "secret-column": 1}]}),
        ("PATCH", "/v1/users/secret-user", {"age": 3}),
        ("GET", "/v1/users/secret-user", None),
        ("DELETE", "/v1/users/secret-user", None),
        ("GET", "/v1/items/secret-item?q=secret-words", None),
    ]:
        api.ask(method, path, admin, body)
    api.client.get(f"/v1/models/{admin}", headers={"authorization": f"Bearer {made}x", "x-request-id": made})

    def fail(*_):
        raise ValueError("secret-words of secret-user")

    monkeypatch.setattr(Service, "recommend", fail)
    assert api.ask("POST", "/v1/recommend", admin, {"user_id": "secret-user"}).status_code == 500
    shown = log.getvalue() + "".join(capfd.readouterr())
    assert not [word for word in (*planted, made, made.split("_", 2)[2]) if word in shown]
    (fault,) = [line for line in lines(log) if line["message"] == "fault"]
    assert fault["error"] == "ValueError" and any(place.endswith(" fail") for place in fault["at"])


def test_metrics_count_requests_lists_events_and_items(api):
    key, reader = api.key("read", "events"), api.key("read")
    api.ask("POST", "/v1/recommend", key, {"user_id": "u0", "k": 3})
    api.ask("POST", "/v1/recommend", key, {"user_id": "new", "k": 30})
    api.ask("POST", "/v1/recommend", key, {"filter": {"column": "year", "at_least": 9999}})
    event = {"event_id": "e", "user_id": "u0", "item_id": "i1", "type": "view"}
    api.ask("POST", "/v1/events", key, {"events": [event, event]})
    text = api.ask("GET", "/metrics", reader).text
    for line in (
        'genre_requests_total{route="POST /v1/recommend",status="200",tenant="default"} 3.0',
        'genre_request_seconds_count{route="POST /v1/recommend",tenant="default"} 3.0',
        'genre_lists_total{fallback="none",kind="recommend",tenant="default"} 1.0',
        'genre_lists_total{fallback="popular",kind="recommend",tenant="default"} 2.0',
        'genre_short_lists_total{kind="recommend",tenant="default"} 2.0',
        'genre_empty_lists_total{kind="recommend",tenant="default"} 1.0',
        'genre_events_total{known="no",tenant="default"} 1.0',
        'genre_events_total{known="yes",tenant="default"} 1.0',
        'genre_items{tenant="default"} 24.0',
    ):
        assert line in text.splitlines(), line


def test_tenants_see_their_own_alone(api, tiny_model):
    store = api.store.of_tenant("other")
    other = Tenant("other", Service(tiny_model, "other-1", store), store)
    both = create_app([api.tenant, other], api.store.keys)
    mine, theirs = api.key("admin"), api.key("admin", tenant="other")
    with TestClient(both) as client:

        def ask(key, method, path, body=None):
            return client.request(method, path, headers={"authorization": f"Bearer {key}"}, json=body)

        ask(mine, "PUT", "/v1/items", {"items": [{"item_id": "mine", "text": "A robot"}]})
        ask(mine, "POST", "/v1/events", {"events": [{"user_id": "new", "item_id": "i1", "type": "view"}]})
        assert ask(mine, "GET", "/v1/items/mine").status_code == 200
        assert ask(theirs, "GET", "/v1/items/mine").status_code == 404
        assert ask(theirs, "GET", "/v1/users/new").status_code == 404
        assert ask(theirs, "POST", "/v1/recommend", {}).json()["model_version"] == "other-1"
        assert len(ask(theirs, "GET", "/v1/keys").json()["keys"]) == 1
        told = ask(theirs, "GET", "/metrics").text
        assert 'tenant="other"' in told and 'tenant="default"' not in told
        assert other.store.audit.newest(5) == []


def test_metrics_may_be_open(open_api):
    api = open_api(open_metrics=True)
    api.ask("POST", "/v1/recommend", api.key("read"), {})
    told = api.client.get("/metrics")
    assert told.status_code == 200 and 'genre_items{tenant="default"} 24.0' in told.text
    assert create_app(api.tenant, api.store.keys, ApiSettings()).state.desk.settings.open_metrics is False
