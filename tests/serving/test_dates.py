"""Columns of dates, times and decimals are put, changed and read like others, and come back after a restart."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.pipeline.assemble import prepare
from genre.pipeline.fit import fit_prepared
from genre.serving._conditions import Condition
from genre.serving.questions import RecommendQuestion
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore

N = 12
FIRST = {
    "born": date(2001, 2, 3),
    "seen": datetime(2001, 2, 3, 4, 5, 6, 7),
    "sold": datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC),
    "opens": time(7, 30),
    "price": Decimal("1.50"),
    "days": [date(2001, 2, 3), date(2001, 2, 4)],
}
TOLD = {
    "born": "2001-02-03",
    "seen": "2001-02-03T04:05:06.000007",
    "sold": "2001-02-03T04:05:06+00:00",
    "opens": "07:30:00",
    "price": "1.50",
    "days": ["2001-02-03", "2001-02-04"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dates")
    items = pl.DataFrame({"item_id": [f"i{n}" for n in range(N)], "text": ["robot ship", "wedding joke"] * (N // 2)})
    items.with_columns(
        **{name: pl.lit(pl.Series([value])).first() for name, value in FIRST.items() if name not in ("price", "days")},
        price=pl.lit(FIRST["price"], dtype=pl.Decimal(10, 2)),
        days=pl.lit(pl.Series([FIRST["days"]])).first(),
    ).write_parquet(folder / "items.parquet")
    rows = [(f"u{user}", f"i{(user + step) % N}", step) for user in range(N) for step in range(4)]
    pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row").write_parquet(folder / "x.parquet")
    source = {"type": "parquet", "interactions": str(folder / "x.parquet"), "items": str(folder / "items.parquet")}
    recipe = {
        "data": {"source": source, "splitter": "leave_one_out"},
        "features": [{"name": "text", "columns": ["text"], "encoder": "tfidf"}],
        "recommender": {"type": "content", "dim": 4},
    }
    return fit_prepared(prepare(load_recipe(recipe)))


@pytest.fixture
def service(model, tmp_path):
    store = SqlStore.open(tmp_path / "state.db")
    yield Service(model, "v", store)
    store.close()


def test_an_item_of_the_bundle_is_changed(service):
    assert service.change_item("i1", {"text": "a robot"})
    assert service.item("i1") == {"item_id": "i1", "text": "a robot", **FIRST}


def test_dates_are_put_and_changed_as_json_has_them(service, model):
    service.put_items([{"item_id": "new", "text": "a ship", **TOLD}])
    assert service.item("new") == {"item_id": "new", "text": "a ship", **FIRST}
    service.change_item("new", {"born": "2002-01-01", "days": ["2002-01-01"], "price": None})
    changed = {**FIRST, "born": date(2002, 1, 1), "days": [date(2002, 1, 1)], "price": None}
    for one in (service, Service(model, "v", service.store)):
        assert one.item("new") == {"item_id": "new", "text": "a ship", **changed}


def test_conditions_are_written_as_json_has_dates(service):
    service.put_items([{"item_id": "new", "text": "a ship", **TOLD, "sold": "2031-02-03T04:05:06Z"}])
    later = Condition(column="sold", at_least="2031-02-03T05:05:06+01:00")
    answer = service.recommend(RecommendQuestion(user_id="u1", k=3, filter=later))
    assert [hit.item_id for hit in answer.items] == ["new"]
