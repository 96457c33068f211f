"""Strangers who come with a profile: lists from it, also after saving and loading."""

import polars as pl
import pytest

import genre
from genre.config.loading import load_recipe
from genre.core.errors import RequestError
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "users": [
        {"name": "age", "encoder": "number"},
        {"name": "decade", "columns": ["age"], "encoder": {"type": "category", "kind": "embedding"}},
        {"name": "user", "columns": ["user_id"], "encoder": "identity"},
    ],
    "recommender": {"type": "tower", "dim": 8, "length": 6},
    "training": {"epochs": 2, "n_threads": 1},
}


def fitted(n_users):
    recipe = load_recipe({**RECIPE, "users": RECIPE["users"][:n_users]})
    return fit_prepared(Prepared(recipe, tiny_dataset()))


@pytest.fixture(scope="module")
def profiled():
    """A model that knows users by their age, read in two ways."""
    return fitted(2)


def test_a_stranger_with_history_and_profile_of_a_user_gets_the_list_of_that_user(profiled, tmp_path):
    user = profiled.catalog.users.row(7, named=True)
    history = profiled.catalog.item_vocabulary.lookup(profiled.histories[7]).to_list()
    mine = profiled.recommend(users=[user["user_id"]], k=6)
    loaded = genre.load(profiled.save(tmp_path / "bundle"))
    for model in (profiled, loaded):
        asked = model.recommend(histories=[history], profiles=[{"age": user["age"]}], k=6)
        assert asked["item_id"].to_list() == mine["item_id"].to_list()
        assert asked["score"].to_list() == pytest.approx(mine["score"].to_list(), abs=1e-5)


def test_a_profile_alone_is_enough(profiled):
    lists = profiled.recommend(profiles=pl.DataFrame({"age": [20, 55, None]}), k=5)
    young, old, unknown = (part["score"].to_list() for part in lists.partition_by("user_id", maintain_order=True))
    assert young != old
    assert unknown == profiled.recommend(histories=[[]], k=5)["score"].to_list(), "what is popular"


def test_ids_of_training_say_nothing_of_strangers():
    model = fitted(3)
    lists = model.recommend(profiles=[{"user_id": "new"}, {"user_id": "new", "age": 30}], k=5)
    unknown, known = lists.partition_by("user_id", maintain_order=True)
    assert unknown["item_id"].to_list() == model.recommend(histories=[[]], k=5)["item_id"].to_list()
    assert known["score"].to_list() != unknown["score"].to_list()


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"profiles": [{"agee": 3}]}, "no column 'agee'. Did you mean 'age'"),
        ({"profiles": [{"age": "old"}]}, r"profiles.0.age: 'old' is not of the column's type, Int64"),
        ({"profiles": "young"}, "no list of mappings"),
        ({"profiles": [{}], "histories": [["i1"], ["i2"]]}, "are 1 for 2 histories"),
        ({"profiles": [{}], "users": ["u1"]}, "Give one of them"),
    ],
)
def test_questions_that_cannot_be_answered(profiled, question, message):
    with pytest.raises(RequestError, match=message):
        profiled.recommend(**question)


def test_models_without_profiles_say_so(model):
    with pytest.raises(RequestError, match=r"'ease' was trained without profiles.*users:"):
        model.recommend(profiles=[{"age": 3}])


def test_a_blend_hands_profiles_to_its_towers(profiled, tmp_path):
    tower = RECIPE["recommender"]
    blend = {"type": "hybrid", "models": ["ease", tower, {**tower, "dim": 4}], "weights": [0.0, 1.0, 1.0]}
    recipe = load_recipe({**RECIPE, "users": RECIPE["users"][:2], "recommender": blend})
    model = fit_prepared(Prepared(recipe, tiny_dataset()))
    user = model.catalog.users.row(7, named=True)
    history = model.catalog.item_vocabulary.lookup(model.histories[7]).to_list()
    for one in (model, genre.load(model.save(tmp_path / "bundle"))):
        mine = one.recommend(users=[user["user_id"]], k=6)
        asked = one.recommend(histories=[history], profiles=[{"age": user["age"]}], k=6)
        assert asked["score"].to_list() == pytest.approx(mine["score"].to_list(), abs=1e-5)
        young, old = (one.recommend(profiles=[{"age": age}], k=6)["score"].to_list() for age in (20, 55))
        assert young != old
