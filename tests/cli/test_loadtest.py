"""genre loadtest as users meet it, on a service behind a real server."""

import json

import pytest
from tests.cli.test_commands import holds
from tests.client.conftest import bundles, served, tiny_model

__all__ = ["bundles", "served", "tiny_model"]


@pytest.fixture
def key_file(served, tmp_path):
    path = tmp_path / "key"
    path.write_text(served.key + "\n")
    return path


def test_what_is_told_reaches_the_service_and_the_report(genre, served, key_file):
    mix = "recommend=2,similar=1,search=1,rank=1,events=2"
    done = genre(
        *("loadtest", served.url, "--rate", "80", "--duration", "1", "--warm-up", "0", "--mix", mix),
        *("--users", "u0..u5", "--key-file", key_file, "--json"),
    )
    assert done.code == 0, done.err
    report = json.loads(done.out)
    holds(report, "loadtest")
    assert report["n_calls"] == 80 and report["errors"] == {} and report["mode"] == "rate"
    kept = [event for n in range(6) for event in served.store.events_of(f"u{n}")]
    assert len(kept) == report["kinds"]["events"]["n"] > 0 and {event.type for event in kept} == {"view"}
    assert sum(report["fallbacks"].values()) == 80 - len(kept)
    assert served.key not in done.out + done.err


def test_a_table_for_people_and_no_events_unless_asked_for(genre, served, monkeypatch):
    monkeypatch.setenv("GENRE_KEY", served.key)
    done = genre("loadtest", served.url, "--saturate", "--duration", "0.3", "--connections", "2")
    assert done.code == 0, done.err
    assert "as many as go" in done.out and "failed: none" in done.out and "us of a core per call" in done.out
    assert served.store.head() == 0


def test_faults_are_one_message(genre, served, tmp_path, monkeypatch):
    monkeypatch.delenv("GENRE_KEY", raising=False)
    cases = {
        "authorization": (served.url,),
        "--key-file": (served.url, "--key-file", tmp_path / "none"),
        "--mix": (served.url, "--mix", "recomend=1"),
        "--users": (served.url, "--users", "nobody"),
        "url": ("localhost:8000",),
    }
    for place, arguments in cases.items():
        done = genre("loadtest", *arguments)
        assert done.code == 1 and done.err.startswith(f"{place}: ") and "Traceback" not in done.err, done.err
    assert genre("loadtest", served.url, "--rate", "0").code == 2
