"""What is special of SQLite: the file, its log, and one writer."""

import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from genre.core.errors import StoreError
from genre.serving.records import Event, Record
from genre.serving.store import _sqlite
from genre.serving.store._log import NEWER
from genre.serving.store.sql import SqlStore

NOBODY = 65534


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    store = SqlStore.open(path)
    yield store
    store.close()


def test_each_connection_is_safe(store):
    def setting(name):
        return store._database.read(lambda c: c.exec_driver_sql(f"PRAGMA {name}").scalar())

    names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
    assert [setting(name) for name in names] == ["wal", 2, 1, 1, 10_000]


def test_the_bytes_of_who_was_erased_are_gone(store, path):
    """Pages split, merge and are rewritten before and between the erasures."""
    chance = random.Random(5)
    users = [f"person-{chance.random():.15f}" for _ in range(300)]
    for batch in range(12):
        told = [(f"{user}/{batch}", user) for user in chance.choices(users, k=150)]
        store.add_events([Event(id, user, f"i{chance.random()}", "view", chance.random()) for id, user in told])
        posted = [Record(user, {"mail": f"{user}@x", "bio": "b" * chance.randrange(900)}) for _, user in told[::3]]
        store.put("users", list({record.id: record for record in posted}.values()))
    gone, left = users[::10], users[5]
    before = bytes_beside(path)
    assert all(user.encode() in before for user in gone)
    for n, user in enumerate(gone):
        assert store.erase(user, f"p{n}") > 0
    after = bytes_beside(path)
    assert [user for user in gone if user.encode() in after] == []
    assert left.encode() in after and b"p29" in after


def test_an_erasure_says_when_a_reader_keeps_bytes_in_the_log(store, path, monkeypatch):
    store.add_events([Event("e", "who-was-here", "i", "view", 1.0)])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM events").fetchall()
    monkeypatch.setitem(_sqlite.PRAGMAS, "busy_timeout", 20)
    store._database._writes.dispose()
    with pytest.raises(StoreError, match="Erase again"):
        store.erase("who-was-here", "p")
    assert store.events_of("who-was-here") == [] and b"who-was-here" in bytes_beside(path)
    reader.execute("ROLLBACK")
    reader.close()
    assert store.erase("who-was-here", "p") == 0
    assert b"who-was-here" not in bytes_beside(path)


def bytes_beside(path):
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_the_log_is_read_from_indices(store):
    compiled = NEWER.compile(dialect=sqlite.dialect())
    values = {**compiled.params, "tenant": "default", "after": 3, "n": 10}
    asked = [values[name] for name in compiled.positiontup]
    plan = store._database.read(
        lambda c: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(asked)).scalars("detail").all()
    )
    for table in ("events", "items", "users", "erasures", "activations"):
        (step,) = [step for step in plan if f" {table} " in step]
        assert step.startswith("SEARCH") and step.endswith("(tenant=? AND seq>?)")


def test_a_writer_waits_for_another_process_and_then_says_so(store, path, monkeypatch):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setitem(_sqlite.PRAGMAS, "busy_timeout", 20)
    store._database._writes.dispose()
    with pytest.raises(StoreError, match="locked"):
        store.add_events([Event("e", "u", "i", "view", 1.0)])
    assert store.changes(0) == []
    other.execute("ROLLBACK")
    other.close()
    assert store.add_events([Event("e", "u", "i", "view", 1.0)]) == [True]


def test_a_read_only_file_is_refused():
    folder = Path(tempfile.mkdtemp())
    try:
        SqlStore.open(folder / "store.db").close()
        (folder / "store.db").chmod(0o444)
        folder.chmod(0o555)
        with without_rights(), pytest.raises(StoreError, match=r"store\.db.*(readonly|unable to open).*may write"):
            SqlStore.open(folder / "store.db")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


class without_rights:
    """For root, to whom every file is open: a while as nobody."""

    def __enter__(self):
        self.was_root = os.geteuid() == 0
        if self.was_root:
            os.seteuid(NOBODY)

    def __exit__(self, *error):
        if self.was_root:
            os.seteuid(0)


def test_an_old_sqlite_is_refused(path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(StoreError, match=r"too old, 3\.35 is needed"):
        SqlStore.open(path)
