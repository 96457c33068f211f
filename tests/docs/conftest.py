"""A service of films behind a real server, in which the examples of the API's page hold."""

import random
from dataclasses import dataclass

import polars as pl
import pytest
from tests.serving.running import running

from genre.config.loading import load_recipe
from genre.pipeline import bundle
from genre.pipeline.assemble import prepare
from genre.pipeline.fit import fit_prepared
from genre.serving.api.app import create_app
from genre.serving.api.bundles import Bundles
from genre.serving.api.examples import KEY_ID
from genre.serving.api.security import make_key
from genre.serving.api.tenants import Tenant
from genre.serving.service import Service
from genre.serving.store.access import ApiKey
from genre.serving.store.sql import SqlStore

ITEMS = [str(n) for n in (50, 172, 181, *range(200, 230))]
USERS = [str(n) for n in range(180, 220)]
KINDS = ("Sci-Fi", "Comedy", "Drama")
WORDS = ("a robot on a ship", "a wedding and a joke", "a letter in winter")
BEFORE, NOW = "2026-11-20", "2026-11-23"


@dataclass
class Films:
    """A service that runs, and a key that may do everything."""

    url: str
    key: str
    app: object


@pytest.fixture(scope="session")
def films_model(tmp_path_factory):
    folder, chance = tmp_path_factory.mktemp("films"), random.Random(0)
    kind = {item: place % 3 for place, item in enumerate(ITEMS)}
    pl.DataFrame(
        {
            "item_id": ITEMS,
            "movie_title": [f"{WORDS[kind[item]]}, part {item}" for item in ITEMS],
            "class": [KINDS[kind[item]] for item in ITEMS],
            "year": [1975 + place for place in range(len(ITEMS))],
        }
    ).write_csv(folder / "items.csv")
    pl.DataFrame(
        {"user_id": USERS, "age": [20 + n % 40 for n in range(len(USERS))], "occupation": ["writer"] * len(USERS)}
    ).write_csv(folder / "users.csv")
    rows = [
        (user, item, 1_000_000 + place * 100 + step)
        for place, user in enumerate(USERS)
        for step, item in enumerate(chance.sample([one for one in ITEMS if kind[one] == place % 3], 6))
    ]
    pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row").write_csv(folder / "interactions.csv")
    source = {"type": "csv", "lists": {"class": "|"}}
    source |= {name: str(folder / f"{name}.csv") for name in ("interactions", "items", "users")}
    recipe = {
        "data": {"source": source, "splitter": "leave_one_out"},
        "features": [{"name": "text", "columns": ["movie_title"], "encoder": "tfidf"}],
        "recommender": {"type": "content", "dim": 8, "l2": 2.0},
    }
    return fit_prepared(prepare(load_recipe(recipe)))


@pytest.fixture
def films(films_model, tmp_path):
    for version in (BEFORE, NOW):
        bundle.save(films_model, tmp_path / version)
    store = SqlStore.open(tmp_path / "state.db")
    told, kept = make_key("default", "a test", ("admin",), 0.0)
    store.keys.add(kept)
    store.keys.add(ApiKey(KEY_ID["example"]["value"], "0" * 64, "shop front", "default", ("public",), 0.0))
    service = Service(films_model, BEFORE, store)
    tenant = Tenant("default", service, store, Bundles({one: tmp_path / one for one in (BEFORE, NOW)}))
    app = create_app(tenant, store.keys)
    with running(app) as url:
        yield Films(url, told, app)
    store.close()
