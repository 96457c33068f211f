"""What is posted of users counts in their lists, of those whom the model knows too."""

import numpy as np
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
    assert after != before


def test_what_was_learned_of_a_user_beside_the_columns_stays(service, model):
    """The vector moves by what the column says of two ages, of whomever it says it."""
    asked = model.histories.take(np.array([7]))
    moved = model.with_changed_profile(asked, {**model.catalog.users.row(7, named=True), "age": 70})
    ages = [model.with_profiles(asked, [{"age": age}]).profiles for age in (70, model.catalog.users["age"][7])]
    learned = model.recommender.known_profiles(np.array([7]))
    assert np.abs(learned - ages[1]).max() > 1e-3, "the identity says something"
    np.testing.assert_allclose(moved.profiles, learned + ages[0] - ages[1], atol=1e-6)


def test_a_new_user_is_served_from_the_profile_alone(service):
    service.put_users([{"user_id": "young", "age": 18}, {"user_id": "old", "age": 70}])
    young, old = (scores(service, user_id=name) for name in ("young", "old"))
    assert young != old and young == pytest.approx(scores(service, profile={"age": 18}), abs=1e-5)


def test_columns_that_the_model_does_not_have_are_passed_over(service, model):
    service._store.put("users", [Record("u7", {"shoe": 42, "age": "old"})])
    assert scores(service, user_id="u7") == pytest.approx(
        {row["item_id"]: row["score"] for row in model.recommend(users=["u7"], k=12).to_dicts()}, abs=1e-5
    )
