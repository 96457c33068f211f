"""A store, a stream and consumers that run beside the test."""

import threading
from contextlib import contextmanager
from itertools import count

import pytest

from genre.serving.store.sql import SqlStore
from genre.serving.stream.consumer import Consumer
from genre.serving.stream.settings import StreamSettings

STREAM = "events of the test"
_tenants = count()


@pytest.fixture(scope="session")
def _database(tmp_path_factory):
    store = SqlStore.open(tmp_path_factory.mktemp("stream") / "store.db")
    yield store
    store.close()


@pytest.fixture
def store(_database):
    """An empty store."""
    return _database.of_tenant(f"stream {next(_tenants)}")


@pytest.fixture
def redis(redis_server):
    """A client of an empty server."""
    client = redis_server.client()
    yield client
    client.close()


@pytest.fixture
def consumer(store, redis_server):
    """Makes consumers of one stream; those that are dead lose their entries soon."""

    def make(sink=None, **settings):
        settings = StreamSettings(**{"idle_s": 0.05, **settings})
        return Consumer(store if sink is None else sink, redis_server.url(), STREAM, settings)

    return make


@contextmanager
def running(consumer):
    """The consumer in a thread, stopped and waited for at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=consumer.run, args=[stop], daemon=True)
    thread.start()
    try:
        yield consumer
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "the consumer does not stop"


def kept(store):
    """The events in the log, in order."""
    return [change.content for change in store.changes(0, 1_000_000) if change.kind == "event"]
