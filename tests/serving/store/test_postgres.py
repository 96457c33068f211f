"""What is special of PostgreSQL: a server that goes and comes back, and writers side by side."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import psycopg as dialect

from genre.core.errors import StoreError
from genre.serving.records import Event, Record
from genre.serving.store import _postgres
from genre.serving.store._log import NEWER
from genre.serving.store._writing import KNOWN_ON_POSTGRES
from genre.serving.store.sql import SqlStore


def event(n):
    return Event(f"e{n}", "u", "i", "view", float(n))


@pytest.fixture
def store(postgres_url):
    store = SqlStore.open(postgres_url)
    yield store
    store.close()


def uses(store):
    return {
        "head": store.head,
        "changes": lambda: store.changes(0),
        "add_events": lambda: store.add_events([event(9)]),
        "put": lambda: store.put("items", [Record("i", {})]),
        "find": lambda: store.keys.find("k"),
        "open": lambda: store.of_tenant("other"),
    }


def test_a_server_that_stops_and_comes_back(store, postgres):
    store.add_events([event(1)])
    postgres.stop()
    try:
        for use in uses(store).values():
            with pytest.raises(StoreError, match=f"127.0.0.1:{postgres.port}") as caught:
                use()
            assert postgres.password not in str(caught.value)
    finally:
        postgres.start()
    assert store.add_events([event(1), event(2)]) == [False, True]
    assert store.head() == 2


@pytest.mark.parametrize("first", ["head", "changes", "add_events", "put", "find", "open"])
def test_a_restart_between_two_uses_goes_unnoticed(store, postgres, first):
    store.add_events([event(1)])
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'genre'")
    uses(store)[first]()
    assert store.events_of("u")[0] == event(1)


def test_a_server_that_hangs_is_given_up(postgres, postgres_url, monkeypatch):
    monkeypatch.setattr(_postgres, "ANSWER_S", 0.3)
    store = SqlStore.open(postgres_url)
    postgres.freeze()
    try:
        # the connection that was open is given up, then the new one
        with pytest.raises(StoreError, match="connection timeout expired"):
            store.add_events([event(1), event(2)])
    finally:
        postgres.thaw()
    assert store.add_events([event(3)]) == [True]
    store.close()


def test_a_writer_waits_for_the_one_before_it_but_not_for_ever(store, postgres_url, monkeypatch):
    monkeypatch.setattr(_postgres.PostgresDatabase, "begin", "SELECT set_config('lock_timeout', '50ms', true)")
    with psycopg.connect(postgres_url) as other:
        other.execute("UPDATE heads SET seq = seq + 1 WHERE tenant = 'default'")
        for write in (lambda: store.add_events([event(1)]), lambda: store.put("users", [Record("u", {})])):
            with pytest.raises(StoreError, match="lock timeout"):
                write()
        assert store.of_tenant("other").add_events([event(1)]) == [True]
        assert store.head() == 0 and store.changes(0) == []
    assert store.head() == 1
    store.add_events([event(1)])
    assert [change.seq for change in store.changes(0)] == [2]


def test_the_log_is_read_from_indices(store):
    def fill(connection):
        rows = "SELECT 'default', n, 'e' || n, 'u', 'i', 'view', n FROM generate_series(1, 20000) AS n"
        connection.execute(text(f"INSERT INTO events (tenant, seq, event_id, user_id, item_id, type, at) {rows}"))
        rows = "SELECT 'default', 'i' || n, 20000 + n, 'null' FROM generate_series(1, 5000) AS n"
        connection.execute(text(f"INSERT INTO items (tenant, id, seq, columns) {rows}"))
        connection.execute(text("ANALYZE events, items"))

    store._database.write(fill)
    compiled = NEWER.compile(dialect=dialect.dialect())
    values = {**compiled.params, "tenant": "default", "after": 19_000, "n": 100}
    plan = store._database.read(lambda c: c.exec_driver_sql(f"EXPLAIN {compiled}", values).scalars().all())
    assert any("Index Scan using events_pkey" in step for step in plan)
    assert any("Index Scan using items_in_order" in step for step in plan)


def test_known_events_are_found_by_their_index_before_there_are_statistics(store):
    def fill(connection):
        connection.execute(text("ALTER TABLE events SET (autovacuum_enabled = off)"))
        rows = "SELECT 'default', n, 'e' || n, 'u', 'i', 'view', n FROM generate_series(1, 5000) AS n"
        connection.execute(text(f"INSERT INTO events (tenant, seq, event_id, user_id, item_id, type, at) {rows}"))

    store._database.write(fill)
    asked = {"tenant": "default", "ids": [f"e{n}" for n in range(4_900, 5_100)]}
    explain = text(f"EXPLAIN {KNOWN_ON_POSTGRES.text}")
    plan = store._database.read(lambda c: c.execute(explain, asked).scalars().all())
    assert any("using events_once" in step for step in plan)
    assert store._database.read(lambda c: len(c.scalars(KNOWN_ON_POSTGRES, asked).all())) == 101


def test_a_database_that_may_only_be_read_is_refused(postgres, postgres_url):
    SqlStore.open(postgres_url).close()
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        name = postgres_url.rpartition("/")[2]
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(StoreError, match="read-only transaction"):
        SqlStore.open(postgres_url)


def test_a_wrong_password_is_not_repeated(postgres_url, postgres):
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        SqlStore.open(postgres_url.replace(postgres.password, "wr0ngword"))
    assert "wr0ngword" not in str(caught.value)
