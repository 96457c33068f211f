"""Keys open what they should, and only as long as they should."""

import hashlib

import pytest

from genre.serving.api.security import first_key


def status(api, key):
    return api.ask("GET", "/v1/models", key).status_code


def test_the_first_key_opens_everything_and_is_made_once(api):
    told = first_key(api.store.keys, "default", 1.0)
    assert status(api, told) == 200 and api.ask("GET", "/v1/keys", told).status_code == 200
    assert first_key(api.store.keys, "default", 1.0) is None


def test_a_key_is_told_once_and_kept_as_a_digest(api, admin, tmp_path):
    body = {"name": "shop", "scopes": ["read", "read"], "rate_per_minute": 60, "expires_at": 1_800_000_000}
    made = admin("POST", "/v1/keys", body, 201)
    assert status(api, made["key"]) == 200
    listed = next(one for one in admin("GET", "/v1/keys")["keys"] if one["key_id"] == made["key_id"])
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert listed["scopes"] == ["read"] and listed["expires_at"] == 1_800_000_000
    secret = made["key"].split("_", 2)[2]
    assert api.store.keys.find(made["key_id"]).digest == hashlib.sha256(secret.encode()).hexdigest()
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert files and not any(secret.encode() in content for content in files)


def test_wrong_keys_are_refused_alike(api):
    key = api.key("read")
    _, id, secret = key.split("_", 2)
    wrong = [
        "",
        "x",
        f"gk_{id}",
        f"gk_{id}_",
        f"gk_{id}_{secret}x",
        f"gk_other_{secret}",
        f"xx_{id}_{secret}",
        "gk_é_é",
    ]
    answers = []
    for one in wrong:
        answer = api.client.get("/v1/models", headers={"authorization": f"Bearer {one}".encode()})
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        answers.append({**answer.json(), "request_id": ""})
    assert all(one == answers[0] for one in answers)
    assert api.client.get("/v1/models", headers={"authorization": f"Basic {key}"}).status_code == 401
    assert api.client.get("/v1/models", headers={"authorization": f"bearer {key}"}).status_code == 200


def test_a_revoked_key_opens_nothing_within_the_cache(api, admin):
    made = admin("POST", "/v1/keys", {"name": "shop", "scopes": ["read"]}, 201)
    assert status(api, made["key"]) == 200
    admin("DELETE", f"/v1/keys/{made['key_id']}")
    assert status(api, made["key"]) == 401
    admin("DELETE", f"/v1/keys/{made['key_id']}", status=404)


def test_keys_are_read_again_once_they_are_old(api):
    key = api.key("read")
    assert status(api, key) == 200
    api.store.keys.revoke(key.split("_")[1], 1.0)  # as another process does
    assert status(api, key) == 200
    api.ticks[0] += 1.0
    assert status(api, key) == 401


def test_an_expired_key_opens_nothing(api):
    key = api.key("read", expires_at=api.clock[0] + 10)
    assert status(api, key) == 200
    api.clock[0] += 10
    assert status(api, key) == 401


def test_requests_do_not_read_keys_from_the_store(api, monkeypatch):
    key = api.key("read")
    assert status(api, key) == 200
    monkeypatch.setattr(type(api.store.keys), "all", lambda *_: pytest.fail("was read"))
    assert status(api, key) == 200


def test_the_last_admin_key_stays(api, admin):
    (own,) = api.store.keys.all()
    assert "last admin key" in admin("DELETE", f"/v1/keys/{own.key_id}", status=409)["detail"]
    admin("POST", "/v1/keys", {"name": "old", "scopes": ["admin"], "expires_at": api.clock[0] - 1}, 201)
    admin("DELETE", f"/v1/keys/{own.key_id}", status=409)
    admin("POST", "/v1/keys", {"name": "other", "scopes": ["admin"]}, 201)
    assert admin("DELETE", f"/v1/keys/{own.key_id}")["revoked"]


def test_a_key_of_another_tenant_is_not_seen_nor_revoked(api, admin):
    told = api.key("admin", tenant="other")
    id = told.split("_")[1]
    assert id not in [one["key_id"] for one in admin("GET", "/v1/keys")["keys"]]
    admin("DELETE", f"/v1/keys/{id}", status=404)
    assert api.ask("GET", "/v1/models", told).status_code == 403
