"""An API over a service of the tiny model, and keys that open it."""

import itertools
from dataclasses import dataclass, field

import pytest
from starlette.testclient import TestClient
from tests.serving.api.document import check_answer

from genre.serving.api.app import create_app
from genre.serving.api.bundles import Bundles
from genre.serving.api.security import make_key
from genre.serving.api.settings import ApiSettings
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore

NOW = 1_700_000_000.0


@dataclass
class Api:
    """An application that runs, its tenant, and clients that come with a key."""

    client: TestClient
    tenant: Tenant
    clock: list = field(default_factory=lambda: [NOW])
    ticks: list = field(default_factory=lambda: [0.0])

    @property
    def store(self):
        return self.tenant.store

    def key(self, *scopes, tenant="default", **limits):
        told, kept = make_key(tenant, "a test", scopes, self.clock[0], **limits)
        self.store.keys.add(kept)
        self.client.app.state.desk.ring.forget()
        return told

    def ask(self, method, path, key, body=None, **more):
        headers = {"authorization": f"Bearer {key}"} | more.pop("headers", {})
        content = {} if body is None else {"json": body}
        answer = self.client.request(method, path, headers=headers, **content, **more)
        check_answer(self.client.app, answer)
        return answer


@pytest.fixture
def open_api(tiny_model, tmp_path):
    """Opens an API over a store of its own; settings by name."""
    opened, numbers = [], itertools.count()

    def make(bundles=None, **settings):
        store = SqlStore.open(tmp_path / f"state{next(numbers)}.db")
        clock, ticks = [NOW], [0.0]
        service = Service(tiny_model, "tiny-1", store, clock=lambda: clock[0])
        tenant = Tenant("default", service, store, Bundles(bundles or {}))
        app = create_app(tenant, store.keys, ApiSettings(**settings), lambda: clock[0], lambda: ticks[0])
        client = TestClient(app)
        client.__enter__()
        opened.append((client, store))
        return Api(client, tenant, clock, ticks)

    yield make
    for client, store in opened:
        client.__exit__(None, None, None)
        store.close()


@pytest.fixture
def api(open_api):
    return open_api()


@pytest.fixture
def admin(api):
    """Asks with an admin key; JSON of the answer, which must be the expected status."""
    key = api.key("admin")

    def ask(method, path, body=None, status=200, **more):
        answer = api.ask(method, path, key, body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask
