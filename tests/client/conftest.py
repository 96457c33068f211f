"""A service of the tiny model behind a real server, and clients of it."""

from dataclasses import dataclass

import pytest
from tests.serving.conftest import tiny_model
from tests.serving.running import running

from genre.client import Client
from genre.pipeline import bundle
from genre.serving.api.app import create_app
from genre.serving.api.bundles import Bundles
from genre.serving.api.security import make_key
from genre.serving.api.settings import ApiSettings
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore

__all__ = ["tiny_model"]
SETTINGS = ApiSettings(max_events=50, max_rows=20)


@dataclass
class Served:
    """A service that runs.

    Attributes:
        key: one that may do everything.
    """

    url: str
    key: str
    store: SqlStore
    service: Service
    app: object


@pytest.fixture(scope="session")
def bundles(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    for version in ("v1", "v2"):
        bundle.save(tiny_model, folder / version)
    return folder


@pytest.fixture
def served(tiny_model, bundles, tmp_path):
    store = SqlStore.open(tmp_path / "state.db")
    service = Service(tiny_model, "tiny-1", store)
    told, kept = make_key("default", "a test", ("admin",), 0.0)
    store.keys.add(kept)
    app = create_app(Tenant("default", service, store, Bundles(bundles)), store.keys, SETTINGS)
    with running(app) as url:
        yield Served(url, told, store, service, app)
    store.close()


@pytest.fixture
def shop(served):
    with Client(served.url, served.key) as client:
        yield client
