"""Rates, quotas and sizes: what is too much is refused with a hint when to come back."""

import pytest
from starlette.testclient import TestClient

from genre.serving.api.app import create_app

QUESTION = {"user_id": "u0"}


def ask(api, key):
    return api.ask("POST", "/v1/recommend", key, QUESTION)


def test_a_key_asks_at_its_rate(api):
    key = api.key("read", rate_per_minute=12)  # two at once, then one every five seconds
    assert [ask(api, key).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(api, key).headers["retry-after"] == "5"
    api.ticks[0] += 5
    assert [ask(api, key).status_code for _ in range(2)] == [200, 429]
    assert ask(api, api.key("read")).status_code == 200


def test_the_settings_give_a_rate_to_keys_without_one(open_api):
    api = open_api(rate_per_minute=6)
    assert [ask(api, api.key("read", rate_per_minute=60)).status_code for _ in range(2)] == [200, 200]
    key = api.key("read")
    assert [ask(api, key).status_code for _ in range(2)] == [200, 429]


def test_a_quota_is_shared_by_all_processes_and_starts_anew_each_day(api):
    key = api.key("read", daily_quota=5)
    other = create_app(api.tenant, api.store.keys, clock=lambda: api.clock[0], ticks=lambda: api.ticks[0])
    assert [ask(api, key).status_code for _ in range(3)] == [200] * 3
    api.ticks[0] += 1
    assert ask(api, key).status_code == 200
    with TestClient(other) as client:
        asked = {"headers": {"authorization": f"Bearer {key}"}, "json": QUESTION}
        assert [client.post("/v1/recommend", **asked).status_code for _ in range(3)] == [200, 200, 429]
        api.ticks[0] += 1
        refused = client.post("/v1/recommend", **asked)
    api.ticks[0] += 1
    assert ask(api, key).status_code == 429
    assert int(refused.headers["retry-after"]) == 86_400 - int(api.clock[0]) % 86_400
    api.clock[0] += int(refused.headers["retry-after"])
    assert ask(api, key).status_code == 200


@pytest.mark.parametrize("is_told", [True, False])
def test_bodies_have_a_size(open_api, is_told):
    api = open_api(max_body_kib=1)
    key, body = api.key("read"), b'{"user_id":"' + b"u" * 1100 + b'"}'
    content = body if is_told else iter([body[:600], body[600:]])
    headers = {"content-type": "application/json"}
    refused = api.ask("POST", "/v1/recommend", key, content=content, headers=headers)
    assert refused.status_code == 413 and refused.json()["faults"][0]["what"] == "is longer than 1 KiB."
    assert ask(api, key).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"user_id":', "application/json", 400),
        (b'{"k": NaN}', "application/json", 400),
        (b'{"user_id": "\\ud800"}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b"", "application/json", 422),
        (b"{}", "application/json; charset=utf-8", 200),
        (b"{}", "text/plain", 415),
        (b"user_id=u0", "application/x-www-form-urlencoded", 415),
    ],
)
def test_bodies_are_json(api, content, kind, status):
    key = api.key("read")
    answer = api.ask("POST", "/v1/recommend", key, content=content, headers={"content-type": kind})
    assert answer.status_code == status


def test_compressed_bodies_are_not_read(api):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert api.ask("POST", "/v1/recommend", api.key("read"), content=b"{}", headers=headers).status_code == 415
