"""One process that serves: what it says, how it answers, how it stops."""

import json
import signal
import socket
import sqlite3
import time
from urllib.parse import urlsplit

import pytest


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "state.db"


@pytest.fixture(scope="module")
def server(serve, bundle, store):
    return serve(bundle, "--store", store)


def test_the_first_key_is_shown_alone_and_opens_everything(server, store):
    (key,) = server.keys
    assert server.out == f"{key}\n" and server.ask("GET", "/v1/keys").status_code == 200
    secret = key.split("_", 2)[2]
    kept = "\n".join(sqlite3.connect(store).iterdump())
    assert secret not in server.err and secret not in kept


def test_it_tells_where_and_what_it_is(server, store):
    said = server.began
    assert said["url"].startswith("http://127.0.0.1:") and said["store"] == str(store) and said["workers"] == 1
    assert said["tenants"] == [{"tenant": "default", "version": "tiny", "n_items": 24, "n_users": 36, "missing": None}]
    assert said["seconds"] > 0 and said["peak_mib"] > 10


def test_an_event_changes_the_next_answer(server):
    (item,) = server.recommend("new", k=1)
    server.click("new", item)
    assert server.recommend("new", k=24)[-1] == item  # what was seen comes last


def test_the_same_store_shows_no_second_key_and_knows_the_first(server, serve, bundle, store):
    again = serve(bundle, "--store", store)
    assert again.out == "" and again.ask("GET", "/v1/models", key=server.keys[0]).status_code == 200


def test_all_that_it_logs_is_json(server):
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(b"nonsense\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    assert server.ask("GET", "/health/live").status_code == 200
    assert all(json.loads(line)["message"] for line in server.err.splitlines())
    assert server.lines("Invalid HTTP request received.")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_with_exit_code_0(serve, bundle, sign):
    one = serve(bundle)
    assert one.ask("GET", "/health/ready").json() == {"status": "ready"}
    begun = time.monotonic()
    assert one.stop(sign) == 0 and time.monotonic() - begun < 20
    assert "Traceback" not in one.err
