"""Ways to serve: https, several tenants, several versions, a key in a file, PostgreSQL."""

import shutil
import sqlite3
import ssl
import subprocess
import time
from functools import partial
from urllib.parse import urlsplit

import httpx2
import pytest
import yaml
from tests.serving.server.certificates import make_certificate
from tests.serving.server.conftest import GENRE


@pytest.fixture(scope="module")
def tenants(serve, bundle, tmp_path_factory):
    """Two tenants over https, told in a file beside which the bundles and the certificate are."""
    folder = tmp_path_factory.mktemp("ways")
    make_certificate(folder)
    shutil.copytree(bundle, folder / "one")
    settings = {
        "tenants": {"shop": "one", "library": "one"},
        "tls": {"certificate": "cert.pem", "key": "key.pem"},
        "api": {"max_events": 2},
        "key_file": str(folder / "keys.txt"),
        "access_log": False,
    }
    (folder / "serve.yaml").write_text(yaml.safe_dump(settings))
    return serve("--settings", folder / "serve.yaml", "--set", "api.max_rows=3"), folder


@pytest.fixture(scope="module")
def keys(tenants):
    lines = (tenants[1] / "keys.txt").read_text().splitlines()
    return dict(line.split(": ") for line in lines)


def trusting(folder):
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def test_it_speaks_https_alone_and_tells_browsers_to_stay_there(tenants, keys):
    server, folder = tenants
    assert server.url.startswith("https://")
    answer = server.ask("GET", "/v1/models", key=keys["shop"], verify=trusting(folder))
    assert answer.status_code == 200 and "max-age" in answer.headers["strict-transport-security"]
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(server.url.replace("https", "http") + "/health/live")


def test_tenants_have_data_and_keys_of_their_own(tenants, keys, monkeypatch):
    server, folder = tenants
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
    shop, library = keys["shop"], keys["library"]
    before = server.recommend("somebody", library, k=24)
    (item,) = server.recommend("somebody", shop, k=1)
    server.click("somebody", item, shop)
    assert server.ask("DELETE", "/v1/items/i5", key=shop).status_code == 200
    assert server.recommend("somebody", shop, k=24)[-1] == item
    assert server.recommend("somebody", library, k=24) == before and "i5" in before
    assert server.ask("GET", "/v1/items/i5", key=shop).status_code == 404
    assert server.ask("GET", "/v1/users/somebody", key=library).status_code == 404
    assert [one["name"] for one in server.ask("GET", "/v1/keys", key=library).json()["keys"]] == ["first"]


def test_settings_of_the_file_and_of_the_command_both_count(tenants, keys):
    server, folder = tenants
    more = {"key": keys["shop"], "verify": trusting(folder)}
    event = {"user_id": "u", "item_id": "i1", "type": "view"}
    many = [{**event, "event_id": f"many {number}"} for number in range(3)]
    assert server.ask("POST", "/v1/events", {"events": many}, **more).status_code == 422
    items = [{"item_id": f"new {number}"} for number in range(4)]
    assert server.ask("PUT", "/v1/items", {"items": items}, **more).status_code == 422
    assert not server.lines("request")


def test_keys_go_into_a_file_that_nobody_else_reads(tenants, keys):
    server, folder = tenants
    assert server.out == "" and sorted(keys) == ["library", "shop"]
    assert (folder / "keys.txt").stat().st_mode & 0o077 == 0
    assert not any(key in server.err for key in keys.values())


def test_a_key_that_is_made_beside_the_server_opens_and_one_that_is_revoked_does_not(serve, bundle, tmp_path):
    server = serve(bundle, "--store", tmp_path / "state.db", "--set", "api.key_cache_s=0.05")
    command = [*GENRE, "keys", bundle, "--store", tmp_path / "state.db"]
    run = partial(subprocess.run, check=True, capture_output=True, text=True)
    key = run([*command, "--new", "again", "--scope", "admin"]).stdout.strip()
    assert server.ask("GET", "/v1/keys", key=key).status_code == 200
    run([*command, "--revoke", key.split("_")[1]])
    time.sleep(0.1)
    assert server.ask("GET", "/v1/keys", key=key).status_code == 401


def test_the_version_that_was_activated_last_answers_after_a_restart(serve, bundle, tmp_path):
    versions, store = tmp_path / "versions", tmp_path / "state.db"
    shutil.copytree(bundle, versions / "v1")
    told = ["--store", store, "--key-file", tmp_path / "key"]
    first = serve(versions, *told)
    key = (tmp_path / "key").read_text().strip()
    assert first.began["tenants"][0]["version"] == "v1"
    shutil.copytree(bundle, versions / "v2")
    assert first.ask("POST", "/v1/models/v2/activate", key=key).json() == {"active": "v2", "before": "v1"}
    shutil.copytree(bundle, versions / "v3")  # newer, and nobody activated it
    assert first.stop() == 0
    again = serve(versions, *told, "--workers", 2)  # the file of the first start is no hindrance, and stays
    assert again.began["tenants"][0]["version"] == "v2"
    assert {again.ask("GET", "/v1/models", key=key).json()["active"] for _ in range(6)} == {"v2"}
    assert again.stop() == 0 and (tmp_path / "key").read_text() == f"{key}\n"
    shutil.rmtree(versions / "v2")
    (gone,) = serve(versions, "--store", store).began["tenants"]
    assert (gone["version"], gone["missing"]) == ("v1", "v2")


def test_on_postgres_no_password_is_said(serve, bundle, postgres_url):
    password = urlsplit(postgres_url).password
    server = serve(bundle, "--workers", 2, GENRE_STORE=postgres_url)
    (item,) = server.recommend("new", k=1)
    server.click("new", item)
    assert all(server.recommend("new", k=24)[-1] == item for _ in range(6))
    assert server.began["store"].startswith("postgresql://") and server.stop() == 0
    assert password and password not in server.out + server.err and "@" not in server.began["store"]


def test_other_machines_are_let_in_when_told_so(serve, bundle):
    server = serve(bundle, "--host", "0.0.0.0", "--insecure")
    assert server.url.startswith("http://localhost:") and server.ask("GET", "/health/ready").status_code == 200


def test_by_default_the_store_is_a_file_beside_the_bundle(serve, bundle, tmp_path):
    shutil.copytree(bundle, tmp_path / "mine")
    server = serve(tmp_path / "mine", "--set", "store=null", GENRE_STORE="")
    assert server.began["store"] == str(tmp_path / "mine.db")
    tables = sqlite3.connect(tmp_path / "mine.db").execute("SELECT tenant FROM heads").fetchall()
    assert tables == [("default",)] and (tmp_path / "mine.db").stat().st_mode & 0o077 == 0
