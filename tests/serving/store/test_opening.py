"""Opening a store: new, known, newer, out of reach."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from genre.core.errors import MissingExtraError, StoreError
from genre.serving.records import Event
from genre.serving.store._tables import metadata
from genre.serving.store.open import open_store
from genre.serving.store.sql import SqlStore

EVENT = Event("e", "u", "i", "view", 1.0)


def run(store, statement):
    store._database.write(lambda connection: connection.execute(text(statement)))


def test_what_was_kept_is_there_when_opened_again(url):
    store = SqlStore.open(url)
    store.add_events([EVENT])
    salt = store.salt()
    store.close()
    again = open_store(url)
    assert again.events_of("u") == [EVENT] and again.head() == 1
    assert again.salt() == salt and len(salt) == 32
    assert again.of_tenant("other").salt() != salt
    again.close()


def test_migrations_make_the_tables_that_the_code_reads(url):
    store = SqlStore.open(url)
    found = store._database.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert found == []
    store.close()


def test_many_open_a_new_database_at_once(url):
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda n: SqlStore.open(url, f"tenant {n % 2}"), range(6)))
    for n, store in enumerate(stores):
        assert store.add_events([Event(f"e{n}", "u", "i", "view", 1.0)]) == [True]
    assert [store.head() for store in stores] == [3] * 6
    for store in stores:
        store.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(url):
    store = SqlStore.open(url)
    run(store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"newer version of GENRE.*9999.*Update genre"):
        SqlStore.open(url)
    assert store._database.read(lambda c: c.scalar(text("SELECT version_num FROM alembic_version"))) == "9999"
    store.close()


def test_a_migration_that_fails_leaves_nothing(url, monkeypatch):
    from genre.serving.store import _schema

    steps = _schema._steps

    def broken(script):
        def then(found, context):
            made = steps(script)(found, context)
            real = made[0].migration_fn
            made[0].migration_fn = lambda: (real(), 1 / 0)
            return made

        return then

    with monkeypatch.context() as patch:
        patch.setattr(_schema, "_steps", broken)
        with pytest.raises(ZeroDivisionError):
            SqlStore.open(url)
    store = SqlStore.open(url)
    assert store.add_events([EVENT]) == [True]
    store.close()


@pytest.mark.parametrize(
    "address, said",
    [
        ("postgresql://genre:hush@127.0.0.1:1/store", r"postgresql://127.0.0.1:1/store: .*refused"),
        ("postgresql://127.0.0.1:1/store?user=genre&password=hush", "refused"),
        ("postgresql://genre:hu@sh@h:port/store", "cannot be read"),
        ("mysql://genre:hush@localhost/store", "'mysql' is no kind of store"),
        ("sqlite://", "has no file"),
        (":memory:", "has no file"),
    ],
)
def test_an_address_that_leads_nowhere(address, said):
    with pytest.raises(StoreError, match=said) as caught:
        SqlStore.open(address)
    assert "hu" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "note").write_text("not a database, " * 99)
    with pytest.raises(StoreError, match="not a database"):
        SqlStore.open(tmp_path / "note")
    with pytest.raises(StoreError, match="note"):
        SqlStore.open(tmp_path / "note" / "store.db")
    assert (tmp_path / "note").read_text().startswith("not a database, not")


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic"])
def test_a_missing_package_is_named(tmp_path, monkeypatch, package):
    from genre.serving.store import open as opening

    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == package else True)
    with pytest.raises(MissingExtraError, match=rf"{package}.*genre\[serve\]"):
        open_store(tmp_path / "store.db")


def test_a_missing_driver_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"psycopg.*genre\[postgres\]"):
        SqlStore.open("postgresql://localhost/store")


def test_only_the_owner_reads_the_files(tmp_path):
    store = SqlStore.open(tmp_path / "store.db")
    store.add_events([EVENT])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {"store.db", "store.db-wal", "store.db-shm"}
    store.close()
