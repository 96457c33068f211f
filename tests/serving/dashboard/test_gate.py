"""Nobody passes without a session: not to a page, not to a file of a page, not to a socket."""

import time

import httpx2 as httpx
import pytest
from starlette.routing import Mount, Route

from genre.serving.api.app import create_app
from genre.serving.api.guard import GuardedRoute
from genre.serving.dashboard.gate import OPEN, Gate
from genre.serving.dashboard.mount import mount_dashboard

OWN = {"sec-fetch-site": "same-origin"}
HTML = {"accept": "text/html"}


@pytest.fixture
def client(site):
    with httpx.Client(base_url=site.address) as made:
        yield made


def log_in(client, key, **headers):
    return client.post("/dashboard/login", data={"key": key}, headers=OWN | headers)


def inner_paths(routes, above=""):
    """Every path that NiceGUI answers below the gate, words in place of parameters."""
    for route in routes:
        path = above + route.path
        if isinstance(route, Mount):
            yield path + "/x"
            yield from inner_paths(route.routes or [], path)
        else:
            yield path


def test_every_route_of_the_application_is_guarded(site):
    inside = {GuardedRoute}
    others = [route for route in site.app.routes if type(route) not in inside]
    assert [(type(one), one.path) for one in others] == [(Route, "/dashboard"), (Mount, "/dashboard")]
    assert isinstance(others[1].app, Gate) and others[1].app.scope == "admin"


def test_no_path_below_the_gate_opens_without_a_session(site, client):
    paths = {path.replace(":path", "") for path in inner_paths(site.gate._inside.routes)}
    paths |= {path.replace(":path", "") for path in inner_paths(site.gate._inside.default._app.routes[0].app.routes)}
    assert {"/", "/catalogue/{item_id}", "/pictures/{item_id}", "/models", "/logout", "/_nicegui_ws/x"} <= paths
    for path in paths:
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            answer = client.request(method, f"/dashboard{path}", headers=OWN)
            assert answer.status_code == 401, (method, path)
        assert client.get(f"/dashboard{path}", headers=HTML).headers["location"] == "/dashboard/login"
    assert {"/login"} == {path for path in OPEN if not path.startswith("/assets/")}


def test_the_path_without_a_slash_leads_in(client):
    answer = client.get("/dashboard")
    assert answer.status_code == 303 and answer.headers["location"] == "/dashboard/"


def test_a_wrong_key_a_weak_key_and_no_key(site, client):
    admin = site.keys["admin"]
    for key, told in ((admin[:-1] + "x", "no key that is valid"), ("", "no key"), (site.keys["read"], "no admin key")):
        answer = log_in(client, key)
        assert answer.status_code == 401 and told in answer.text and "set-cookie" not in answer.headers
        assert admin not in answer.text


def test_the_cookie_is_signed_guarded_and_holds_no_key(site, client):
    answer = log_in(client, site.keys["admin"])
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=strict", "path=/dashboard", f"max-age={8 * 3600}"} <= parts
    secret = site.keys["admin"].split("_", 2)[2]
    assert secret not in cookie and "secure" not in parts
    token = client.cookies["genre_dashboard"]
    payload, signature = token.split(".")
    for forged in (payload, f"{payload}.", f"{payload[:-2]}AA.{signature}", f"{payload}.{signature[:-2]}AA", "."):
        answer = client.get("/dashboard/", headers=HTML | {"cookie": f"genre_dashboard={forged}"})
        assert answer.status_code == 303, forged
    assert client.get("/dashboard/").status_code == 200


def test_a_session_ends_for_every_copy_of_its_cookie(site, client):
    log_in(client, site.keys["admin"])
    copy = {"cookie": f"genre_dashboard={client.cookies['genre_dashboard']}"}
    assert client.post("/dashboard/logout", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/dashboard/").status_code == 200
    assert client.post("/dashboard/logout", headers=OWN).headers["location"] == "/dashboard/login"
    assert client.get("/dashboard/", headers=copy).status_code == 401
    actions = [note.action for note in site.tenant.store.audit.newest(2)]
    assert actions == ["dashboard.logout", "dashboard.login"]


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}])
def test_other_sites_cannot_log_anybody_in(site, client, headers):
    answer = client.post("/dashboard/login", data={"key": site.keys["admin"]}, headers=headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    own = client.post("/dashboard/login", data={"key": "x"}, headers={"origin": site.address})
    assert own.status_code == 401


def test_pages_are_told_what_may_run(site, client):
    log_in(client, site.keys["admin"])
    for path in ("/dashboard/", "/dashboard/login"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy and "default-src 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY" and answer.headers["cache-control"] == "no-store"
        scripts = policy.partition("script-src")[2].partition(";")[0]
        assert "unsafe-inline" not in scripts
        nonce = scripts.partition("nonce-")[2].rstrip("'")
        assert answer.text.count("<script") == answer.text.count(f'<script nonce="{nonce}"')


def test_a_key_that_is_revoked_ends_its_sessions(site, client):
    from genre.serving.api.security import make_key

    told, kept = make_key("films", "short", ["admin"], time.time())
    site.tenant.store.keys.add(kept)
    site.app.state.desk.ring.forget()
    log_in(client, told)
    assert client.get("/dashboard/").status_code == 200
    site.ask("DELETE", f"/v1/keys/{kept.key_id}")
    assert client.get("/dashboard/").status_code == 401


def test_several_workers_are_refused_with_a_way_out(site):
    with pytest.raises(ValueError, match=r"works with one worker, and there are 2.*one process more"):
        mount_dashboard(create_app(site.tenant, site.tenant.store.keys), n_workers=2)
