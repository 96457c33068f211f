"""genre ingest: from files and streams into stores and services."""

import json
import os
import signal
import subprocess
import sys

import pytest
from tests.serving.redis_server import redis_process, redis_server
from tests.waiting import eventually

from genre.cli.main import run
from genre.serving.store.sql import SqlStore

__all__ = ["redis_process", "redis_server"]
GENRE = [sys.executable, "-c", "from genre.cli.main import run; run()"]
T = 1_700_000_000


@pytest.fixture
def genre(tmp_path):
    """Runs genre ingest in a folder of the test's own."""

    def run(*arguments, code=0, **environment):
        env = {**os.environ, **environment}
        command = [*GENRE, "ingest", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env, check=False)
        assert done.returncode == code, done.stderr
        return done

    return run


def users(path, tenant="default"):
    store = SqlStore.open(path, tenant)
    try:
        return [change.content.user_id for change in store.changes(0)]
    finally:
        store.close()


def test_a_file_goes_into_a_store(genre, tmp_path):
    (tmp_path / "e.csv").write_text(f"user_id,item_id,at\nu,i,{T}\nv,,{T}\nw,i,{T}\n")
    told = json.loads(genre("s.db", "e.csv", "--tenant", "shop", "--json").stdout)
    assert told.pop("seconds") > 0 and told.pop("peak_mib") > 1
    assert told == {
        "source": "e.csv",
        "rows": 3,
        "new": 2,
        "known": 0,
        "refused": 1,
        "reasons": {"item id is missing": 1},
        "quarantine": "e.csv.quarantine.jsonl",
    }
    assert users(tmp_path / "s.db", "shop") == ["u", "w"] and users(tmp_path / "s.db") == []
    (row,) = map(json.loads, (tmp_path / "e.csv.quarantine.jsonl").read_text().splitlines())
    assert (row["row"], row["reason"]) == (3, "item id is missing") and '"user_id":"v"' in row["content"]
    again = genre("s.db", "e.csv", "--tenant", "shop")
    assert "0 new events, 2 known, 1 set aside" in again.stdout and "item id is missing (1)" in again.stderr


def test_a_stream_goes_into_a_store_and_comes_again(genre, tmp_path, redis_server):
    client = redis_server.client()
    for n in range(3):
        client.xadd("genre:events:default", {"user_id": f"u{n}", "item_id": "i", "type": "view"})
    client.xadd("genre:events:default", {"user_id": "u"})
    where = {"WHERE": redis_server.url()}
    told = json.loads(genre("s.db", "env:WHERE", "--once", "--json", **where).stdout)
    assert (told["new"], told["refused"], told["quarantine"]) == (3, 1, "genre:events:default:dead")
    assert users(tmp_path / "s.db") == ["u0", "u1", "u2"]
    assert redis_server.password not in json.dumps(told)
    told = json.loads(genre("other.db", "env:WHERE", "--from", "0", "--json", **where).stdout)
    assert (told["new"], told["refused"]) == (3, 1) and len(told["reasons"]) == 1


def test_a_stream_is_read_until_told_to_stop(tmp_path, redis_server):
    command = [*GENRE, "ingest", "s.db", "env:WHERE", "--json"]
    env = {**os.environ, "WHERE": redis_server.url()}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env=env, text=True)
    client = redis_server.client()
    client.xadd("genre:events:default", {"user_id": "u", "item_id": "i", "type": "view"})
    eventually(lambda: (tmp_path / "s.db").exists() and users(tmp_path / "s.db") == ["u"])
    process.send_signal(signal.SIGTERM)
    told = json.loads(process.communicate(timeout=20)[0])
    assert process.returncode == 0 and told["new"] == 1
    assert client.xpending("genre:events:default", "genre")["pending"] == 0


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["s.db", "none.csv"], 1, "none.csv"),
        (["s.db", "redis://:hush@h"], 1, "SOURCE: a password never stands in a command"),
        (["s.db", "env:NOWHERE"], 1, "environment variable NOWHERE is not set"),
        (["postgresql://127.0.0.1:1/x", "e.csv"], 1, "postgresql://127.0.0.1:1/x: cannot be used"),
        (["s.db", "redis://127.0.0.1:1/0", "--from", "soon"], 1, "neither an id nor a time"),
        (["s.db", "redis://127.0.0.1:1/0", "--from", "0"], 1, "redis://127.0.0.1:1/0: cannot be read"),
        (["s.db", "e.csv", "--once"], 2, "are for streams"),
        (["s.db", "e.csv", "--column", "at"], 2, "FIELD=NAME"),
        (["s.db", "e.csv", "--time-format", "soon"], 1, "tells no day"),
        (["http://127.0.0.1:1", "e.csv"], 1, "127.0.0.1:1"),
    ],
)
def test_what_cannot_be(tmp_path, monkeypatch, capsys, arguments, code, said):
    (tmp_path / "e.csv").write_text(f"user_id,item_id,at\nu,i,{T}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["genre", "ingest", *arguments])
    with pytest.raises(SystemExit) as ended:
        run()
    told = capsys.readouterr().err
    assert ended.value.code == code and said in " ".join(told.replace("│", " ").split()), told
    assert "hush" not in told
