"""The service as users meet it: a real server, and a real browser that is logged in."""

import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
import pytest
import uvicorn
from starlette.routing import Mount
from tests.serving.dashboard import world

from genre.pipeline import bundle
from genre.serving.api.app import create_app
from genre.serving.api.bundles import Bundles
from genre.serving.api.security import make_key
from genre.serving.api.tenants import Tenant
from genre.serving.dashboard.mount import mount_dashboard
from genre.serving.dashboard.settings import DashboardSettings
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ("gpu", "quic", "background-networking", "component-update", "sync")
FLAGS = ["--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{word}" for word in QUIET)]


@dataclass
class Site:
    """A server that runs, and what is behind it."""

    address: str
    app: object
    tenant: Tenant
    other: Tenant
    folder: Path
    keys: dict = field(default_factory=dict)

    @property
    def gate(self):
        return next(one.app for one in self.app.routes if isinstance(one, Mount))

    def url(self, path=""):
        return f"{self.address}/dashboard/{path}"

    def ask(self, method, path, body=None, key="admin"):
        """The API's own answer."""
        headers = {"authorization": f"Bearer {self.keys[key]}"}
        answer = httpx.request(method, self.address + path, headers=headers, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """Two versions of a model as bundles, and posters."""
    folder = tmp_path_factory.mktemp("films")
    world.draw_posters(folder / "posters")
    for version, dim in (("2026-10", 4), ("2026-11", 12)):
        bundle.save(world.fitted(dim=dim), folder / "bundles" / version)
    return folder


@pytest.fixture(scope="session")
def site(films, tmp_path_factory):
    """One server for all tests here: NiceGUI is one for each process."""
    store = SqlStore.open(tmp_path_factory.mktemp("state") / "state.db")
    bundles = Bundles(films / "bundles")
    tenants = []
    for name, own in (("films", store), ("other", store.of_tenant("other"))):
        tenants.append(Tenant(name, Service(bundles.load("2026-11"), "2026-11", own), own, bundles))
    app = create_app(tenants, store.keys)
    mount_dashboard(app, DashboardSettings(pictures={"poster": films / "posters"}, refresh_s=0.5))
    found = Site("", app, *tenants, films)
    for name, tenant, scopes in (
        ("admin", "films", ["admin"]),
        ("read", "films", ["read", "events"]),
        ("other", "other", ["admin"]),
    ):
        found.keys[name], kept = make_key(tenant, name, scopes, time.time())
        store.keys.add(kept)
    with socket.create_server(("127.0.0.1", 0)) as own:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [own]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        found.address = f"http://127.0.0.1:{own.getsockname()[1]}"
        yield found
        server.should_exit = True
        thread.join(20)
    store.close()


@pytest.fixture(scope="session")
def browser():
    """Chromium, or no test."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def cookies(browser, site):
    """Of a browser that logged in by the form."""
    context = browser.new_context()
    log_in(context.new_page(), site, site.keys["admin"])
    yield context.cookies()
    context.close()


def log_in(page, site, key):
    page.goto(site.url())
    page.fill("#key", key)
    page.click("button")


@pytest.fixture
def page(browser, site, cookies):
    """A page of a browser that is logged in; requests to other hosts, script errors and refusals of the policy fail
    the test that caused them."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies(cookies)
    made, bad = context.new_page(), []
    made.on("request", lambda one: None if one.url.startswith((site.address, "data:")) else bad.append(one.url))
    made.on("pageerror", lambda error: bad.append(str(error)))
    made.on("console", lambda said: bad.append(said.text) if "Content Security Policy" in said.text else None)
    yield made
    context.close()
    assert not bad
