"""Stores of both kinds; a test that takes `url` or `store` runs on each."""

from itertools import count

import pytest

from genre.serving.store.sql import SqlStore

_tenants = count()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The address of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'store.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request, tmp_path_factory):
    """A store that the tests of a module share, each with tenants of its own."""
    if request.param == "sqlite":
        store = SqlStore.open(tmp_path_factory.mktemp("store") / "store.db")
    else:
        store = SqlStore.open(request.getfixturevalue("postgres").new_database())
    yield store
    store.close()


@pytest.fixture
def store(database):
    """An empty store: of a tenant that nobody else has."""
    return database.of_tenant(f"tenant {next(_tenants)}")
