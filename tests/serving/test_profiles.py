"""What is posted of users counts in their lists, of those whom the model knows too."""

import pytest

from genre.config.loading import load_recipe
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.serving.questions import RecommendQuestion
from genre.serving.records import Record
from genre.serving.service import Service
from genre.serving.store.sql import SqlStore
from genre.testing.data import tiny_dataset

RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [{"name": "text", "encoder": "tfidf"}],
    "users": [
        {"name": "age", "encoder": "number"},
        {"name": "user", "columns": ["user_id"], "encoder": "identity"},
    ],
    "recommender": {"type": "tower", "dim": 8, "user": "mean", "length": 10},
    "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.02},
}


@pytest.fixture(scope="module")
def model():
    return fit_prepared(Prepared(load_recipe(RECIPE), tiny_dataset()))


@pytest.fixture
def service(model, tmp_path):
    store = SqlStore.open(tmp_path / "state.db")
    yield Service(model, "tiny-1", store)
    store.close()


def scores(service, **asker):
    return {one.item_id: one.score for one in service.recommend(RecommendQuestion(k=12, **asker)).items}


def test_a_changed_profile_of_a_known_user_changes_the_list(service, model):
    before = scores(service, user_id="u7")
    age = model.catalog.users.row(7, named=True)["age"]
    service.put_users([{"user_id": "u7", "age": age}])
    assert scores(service, user_id="u7") == pytest.approx(before, abs=1e-5)
    service.put_users([{"user_id": "u7", "age": age + 40}])
    after = scores(service, user_id="u7")
    history = service.user("u7")["history"]
    posted = {"user_id": "u7", "age": age + 40}
    assert after != before and after == pytest.approx(scores(service, history=history, profile=posted), abs=1e-5)


def test_a_new_user_is_served_from_the_profile_alone(service):
    service.put_users([{"user_id": "young", "age": 18}, {"user_id": "old", "age": 70}])
    young, old = (scores(service, user_id=name) for name in ("young", "old"))
    assert young != old and young == pytest.approx(scores(service, profile={"age": 18}), abs=1e-5)


def test_columns_that_the_model_does_not_have_are_passed_over(service, model):
    service._store.put("users", [Record("u7", {"shoe": 42, "age": "old"})])
    assert scores(service, user_id="u7") == pytest.approx(
        {row["item_id"]: row["score"] for row in model.recommend(users=["u7"], k=12).to_dicts()}, abs=1e-5
    )
