"""Load on a server that behaves as a test says: what arrives there, and what the report says of it."""

import collections
import itertools
import socket
import time

import pytest

from genre.client.loadtest.load import Plan, run
from genre.core.errors import RequestError

CALLS = [("recommend", b'{"user_id": "u1"}'), ("events", b'{"events": []}')]
KEY = "gk_0123456789ab_a-secret"


def load(server, calls=CALLS, **plan):
    return run(Plan(server.url, **{"key": KEY, "warm_up_s": 0.0, "n_connections": 4, **plan}), itertools.cycle(calls))


def test_every_call_arrives_once_with_its_key(server):
    report = load(server, rate=200, seconds=0.5)
    assert collections.Counter(server.seen) == {("/v1/recommend", CALLS[0][1]): 50, ("/v1/events", CALLS[1][1]): 50}
    assert server.keys == {f"Bearer {KEY}"} and server.n_connections == 4
    assert (report.mode, report.n_calls, report.errors) == ("rate", 100, {})
    assert {kind: one.n for kind, one in report.kinds.items()} == {"recommend": 50, "events": 50}
    assert report.fallbacks == {"popular": 50} and report.fallback_share == 1.0 and report.own_cpu_us > 0


def test_what_warms_up_is_not_counted(server):
    report = load(server, rate=200, seconds=0.25, warm_up_s=0.25)
    assert len(server.seen) == 100 and report.n_calls == 50


def test_a_server_that_stalls_is_charged_with_everybody_who_came_meanwhile(server):
    def stall(session, n):
        if n == 20:
            time.sleep(0.5)
        session.answer()

    server.reply = stall
    report = load(server, rate=200, seconds=1.0, n_connections=2)
    # of 200 calls some 100 are due within the half second; a closed loop would see two slow ones
    assert report.n_calls == 200 and report.latency.max_ms >= 500
    assert report.latency.p90_ms >= 300 and report.late_p99_ms >= 300


def test_failures_are_told_by_status_and_are_no_latencies(server):
    server.reply = lambda session, n: session.answer((429, 503, 200, 200)[n % 4])
    report = load(server, rate=200, seconds=0.5)
    assert report.errors == {"429": 25, "503": 25} and report.latency.n == 50
    assert report.answers_per_s == pytest.approx(100, rel=0.3)


def test_calls_that_take_too_long_are_given_up_and_count_with_that_time(server):
    server.reply = lambda session, n: n % 10 and session.answer()
    report = load(server, rate=100, seconds=0.5, timeout_s=1.0, n_connections=16)
    assert report.errors == {"timeout": 5} and report.latency.n == report.n_calls == 50
    assert report.latency.max_ms >= 1000 and report.latency.p50_ms < 1000


def test_lost_connections_are_made_anew(server):
    server.reply = lambda session, n: session.transport.abort() if n % 25 == 0 else session.answer()
    report = load(server, rate=200, seconds=1.0)
    assert report.errors == {"lost": 8} and len(server.seen) == report.n_calls == 200
    assert server.n_connections > 4


def test_answers_that_close_their_connection_are_answers(server):
    def last(session, _):
        session.answer(headers=b"connection: close\r\n")
        session.transport.close()

    server.reply = last
    report = load(server, rate=40, seconds=1.0, n_connections=8)
    assert report.errors == {} and report.n_calls == 40 <= server.n_connections


def test_what_is_not_http_is_lost(server):
    server.reply = lambda session, _: session.transport.write(b"hello\r\n\r\n")
    report = load(server, rate=20, seconds=0.5)
    assert report.errors == {"lost": 10} and report.fallback_share is None


def test_saturation_keeps_every_connection_busy_and_no_more(server):
    waiting, most = [], 0

    def together(session, _):
        nonlocal most
        waiting.append(session)
        most = max(most, len(waiting))
        if len(waiting) == 3:
            for one in waiting:
                one.answer()
            waiting.clear()

    server.reply = together
    report = load(server, rate=None, seconds=0.5, n_connections=3, timeout_s=0.5)
    assert (report.mode, report.rate, most) == ("saturate", None, 3)
    assert report.n_calls == len(server.seen) > 30 and report.errors.keys() <= {"timeout"} and report.own_cpu_us > 0


def test_a_service_that_is_not_there_is_one_fault():
    with socket.socket() as taken, pytest.raises(RequestError, match="cannot be asked"):
        taken.bind(("127.0.0.1", 0))
        run(Plan(f"http://127.0.0.1:{taken.getsockname()[1]}", KEY), itertools.cycle(CALLS))


def test_the_key_is_not_in_a_plan():
    assert "secret" not in repr(Plan("http://host", KEY))
