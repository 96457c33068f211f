"""Calls that are made again, and those that are not, against a server that misbehaves on demand."""

import json
import logging
import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from genre.client import ApiError, Client, Event, Retries

PROBLEM = {"status": 503, "detail": "The store is out of reach. Ask again.", "faults": []}
ANSWER = {"recommendation_id": "r", "model_version": "v", "variant": "default", "items": [], "fallback": "none"}
KEY = "gk_0123456789ab_a-secret-that-nobody-may-see"


class Script(BaseHTTPRequestHandler):
    """Answers with what it was told, one after the other; `cut` closes the connection instead."""

    protocol_version = "HTTP/1.1"

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.seen.append((self.command, self.path, body, self.headers["x-request-id"]))
        step = self.server.script.pop(0)
        if step == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers, content = step
        sent = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(sent)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    found = ThreadingHTTPServer(("127.0.0.1", 0), Script)
    found.daemon_threads, found.script, found.seen = True, [], []
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture
def waits(monkeypatch):
    """Seconds that the client wanted to wait; it does not."""
    seconds = []
    monkeypatch.setattr("genre.client.wire.time.sleep", seconds.append)
    return seconds


@pytest.fixture
def shop(server, waits):
    with Client(f"http://127.0.0.1:{server.server_port}", KEY) as client:
        yield client


def good(content=ANSWER):
    return (200, {}, content)


def busy(status=503, **headers):
    return (status, headers, {**PROBLEM, "status": status})


def test_what_passes_is_asked_again_under_one_request_id(server, shop, waits):
    server.script = [busy(503), "cut", busy(429), good()]
    assert shop.recommend("u1").recommendation_id == "r"
    assert len(waits) == 3 and len({id for *_, id in server.seen}) == 1
    assert all(0 <= wait <= most for wait, most in zip(waits, (0.2, 0.4, 0.8), strict=True))


def test_the_service_says_how_long_to_wait(server, shop, waits):
    server.script = [busy(429, **{"retry-after": "3"}), good()]
    shop.recommend("u1")
    assert 3 <= waits[0] <= 3.2
    server.script = [busy(429, **{"retry-after": "86400"}), good()]
    with pytest.raises(ApiError) as caught:
        shop.recommend("u1")
    assert (caught.value.status, caught.value.n_tries, len(waits)) == (429, 1, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 500])
def test_what_stays_wrong_is_asked_once(server, shop, status):
    server.script = [busy(status), good()]
    with pytest.raises(ApiError) as caught:
        shop.recommend("u1")
    assert (caught.value.status, len(server.seen)) == (status, 1)


def test_after_some_tries_the_last_refusal_is_told(server, shop):
    server.script = [busy()] * 4
    with pytest.raises(ApiError, match="The store is out of reach") as caught:
        shop.recommend("u1")
    assert (caught.value.status, caught.value.n_tries, caught.value.field) == (503, 4, "")


def test_the_same_events_are_sent_again(server, shop):
    server.script = ["cut", good({"new": 0, "known": 2, "unknown_items": []})]
    assert shop.send_events([Event("u1", "i1", "view"), Event("u1", "i1", "view")]).known == 2
    first, second = (json.loads(body)["events"] for _, _, body, _ in server.seen)
    assert first == second and first[0]["event_id"] != first[1]["event_id"]


@pytest.mark.parametrize("call", ["roll_back", "add_key"])
def test_what_must_not_be_done_twice_is_not_asked_again(server, shop, call):
    arguments = ("front", ["read"]) if call == "add_key" else ()
    for step in ("cut", busy(503)):
        server.script, server.seen[:] = [step, good()], []
        with pytest.raises(ApiError):
            getattr(shop, call)(*arguments)
        assert len(server.seen) == 1
    server.script, server.seen[:] = [busy(429), busy(409)], []
    with pytest.raises(ApiError):
        getattr(shop, call)(*arguments)
    assert len(server.seen) == 2


@pytest.mark.parametrize(("call", "id"), [("delete_item", "i1"), ("revoke_key", "k1")])
def test_a_removal_whose_answer_was_lost_is_done(server, shop, call, id):
    server.script = ["cut", busy(404)]
    getattr(shop, call)(id)
    server.script = [busy(404)]
    with pytest.raises(ApiError):
        getattr(shop, call)(id)


def test_probes_are_asked_once(server, shop):
    server.script = [busy(503), good()]
    assert not shop.is_ready()
    assert shop.is_ready()


def test_what_is_no_answer_of_the_service_is_said_to_be_none(server, shop):
    server.script = [(404, {}, b"<html>not here</html>"), (200, {}, b"[1]"), (302, {"location": "http://x/"}, b"")]
    with pytest.raises(ApiError, match="POST /v1/recommend: answers 404 Not Found, and not as the service does"):
        shop.recommend("u1")
    with pytest.raises(ApiError, match="answers what this client does not know"):
        shop.recommend("u1")
    with pytest.raises(ApiError, match="answers 302"):
        shop.recommend("u1")


def test_fields_of_a_newer_service_are_left_out(server, shop):
    server.script = [good({**ANSWER, "mood": "fair", "items": [{"item_id": "i", "rank": 1, "score": 1, "new": 0}]})]
    assert shop.recommend().item_ids == ["i"]


def test_a_list_says_what_it_was_made_without(server, shop):
    server.script = [(200, {"genre-away": "store, redis"}, ANSWER), good()]
    assert [shop.recommend().away, shop.recommend().away] == [("store", "redis"), ()]


def test_a_service_that_is_not_there(waits):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(url, KEY, retries=Retries(n_more=1)) as shop, pytest.raises(ApiError) as caught:
            shop.roll_back()
    assert (caught.value.field, caught.value.status, caught.value.n_tries) == (url, None, 2)
    assert "cannot be asked" in caught.value.message


def test_an_answer_that_takes_too_long(waits):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hasty = Client(url, timeout_s=0.05, retries=Retries(n_more=0))
        with hasty as shop, pytest.raises(ApiError, match="does not answer in time"):
            shop.recommend()


def test_the_key_is_in_no_log_repr_or_traceback(server, shop, caplog):
    caplog.set_level(logging.DEBUG)
    server.script = [busy(422), good()]
    with pytest.raises(ApiError) as caught:
        shop.recommend("u1")
    shop.recommend("u1")
    shown = caplog.text + "".join(traceback.format_exception(caught.value)) + repr(shop) + str(shop)
    assert caplog.text and "a-secret" not in shown
    with pytest.raises(Exception, match="key: holds what no key does") as refused:
        Client("http://host", f"{KEY}\n")
    assert "a-secret" not in "".join(traceback.format_exception(refused.value))


def test_waits_double_up_to_the_longest():
    retries = Retries(n_more=9, first_wait_s=1.0, longest_wait_s=4.0)
    for n_tries, most in ((1, 1), (2, 2), (3, 4), (9, 4)):
        waits = [retries.wait_s(n_tries) for _ in range(300)]
        assert max(waits) <= most and max(waits) > most * 0.9 and min(waits) < most * 0.1
    assert retries.wait_s(10) is None
    assert retries.wait_s(1, "Wed, 21 Oct 2015 07:28:00 GMT") <= 1.0
    assert 0 <= retries.wait_s(1, "soon") <= 1
