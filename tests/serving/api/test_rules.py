"""Every route has a rule, and every scope opens what it should and nothing else."""

import pytest
from fastapi import FastAPI

from genre.serving.api.app import DOORS
from genre.serving.api.guard import GuardedRoute
from genre.serving.api.rules import RULES, SCOPES

QUESTION, EVENT = {"user_id": "u0"}, {"user_id": "u0", "item_id": "i1", "type": "view"}
# what each scope beside admin may; the body to try it with
ROUTES = {
    "POST /v1/recommend": ({"read", "public"}, QUESTION),
    "GET /v1/recommend/{user_id}": ({"read", "public"}, None),
    "POST /v1/similar": ({"read", "public"}, {"items": ["i1"]}),
    "POST /v1/search": ({"read", "public"}, {"text": "robot"}),
    "POST /v1/rank": ({"read"}, {"items": ["i1"]}),
    "POST /v1/events": ({"events", "public"}, {"events": [EVENT]}),
    "PUT /v1/items": ({"catalogue"}, {"items": [{"item_id": "i1"}]}),
    "POST /v1/items/delete": ({"catalogue"}, {"items": ["i1"]}),
    "GET /v1/items/{item_id}": ({"catalogue", "read"}, None),
    "PATCH /v1/items/{item_id}": ({"catalogue"}, {"year": 1990}),
    "DELETE /v1/items/{item_id}": ({"catalogue"}, None),
    "PUT /v1/users": ({"catalogue"}, {"users": [{"user_id": "u0"}]}),
    "PATCH /v1/users/{user_id}": ({"catalogue"}, {"age": 3}),
    "GET /v1/users/{user_id}": (set(), None),
    "DELETE /v1/users/{user_id}": (set(), None),
    "GET /v1/models": ({"read"}, None),
    "POST /v1/models/{version}/activate": (set(), None),
    "POST /v1/models/rollback": (set(), None),
    "GET /v1/keys": (set(), None),
    "POST /v1/keys": (set(), {"name": "x", "scopes": ["read"]}),
    "DELETE /v1/keys/{key_id}": (set(), None),
    "GET /metrics": ({"read"}, None),
}
OPEN = {"GET /health/live", "GET /health/ready", "GET /openapi.json"}


def test_every_route_of_the_application_is_guarded_by_a_rule(api):
    routes = api.client.app.routes
    assert all(isinstance(route, GuardedRoute) for route in routes)
    names = {route.rule_name for route in routes}
    assert names == set(RULES) == {door.name for door in DOORS} == OPEN | set(ROUTES)


def test_a_route_without_a_rule_cannot_be_made():
    async def enter(call):
        raise AssertionError

    with pytest.raises(KeyError, match="GET /v1/secrets"):
        FastAPI().router.add_api_route("/v1/secrets", enter, methods=["GET"], route_class_override=GuardedRoute)


def test_every_route_opens_to_its_scopes_and_to_no_other(api):
    keys = {scope: api.key(scope) for scope in SCOPES}
    for name, (scopes, body) in ROUTES.items():
        method, path = name.split()
        path = path.format(user_id="u0", item_id="i1", version="v", key_id="k")
        for scope in SCOPES:
            status = api.ask(method, path, keys[scope], body).status_code
            may = scope in scopes | {"admin"}
            assert (status not in (401, 403)) if may else (status == 403), (name, scope, status)
        sent = {} if body is None else {"json": body}
        assert api.client.request(method, path, **sent).status_code == 401
        assert api.ask(method, path, "gk_0_0", body).status_code == 401


@pytest.mark.parametrize("name", sorted(OPEN))
def test_open_routes_need_no_key(api, name):
    assert api.client.request(*name.split()).status_code == 200


def test_scopes_add_up(api):
    key = api.key("events", "catalogue")
    assert api.ask("PUT", "/v1/items", key, {"items": [{"item_id": "i1"}]}).status_code == 200
    assert api.ask("POST", "/v1/events", key, {"events": [EVENT]}).status_code == 200
    assert api.ask("POST", "/v1/recommend", key, QUESTION).status_code == 403
