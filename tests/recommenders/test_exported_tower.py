"""A tower that answers without torch says what the tower said."""

from dataclasses import replace

import numpy as np
import pytest

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, ExportError, NotFittedError
from genre.core.slot import Slot
from genre.encoders.base import Feature
from genre.encoders.category.category import CategoryEncoder
from genre.encoders.identity.identity import IdentityEncoder
from genre.encoders.number.number import NumberEncoder
from genre.recommenders.exported_tower import ExportedTowerRecommender
from genre.recommenders.hybrid import HybridConfig, HybridRecommender
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing import tiny_task
from genre.testing.data import N_ITEMS
from genre.values import Histories

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

TOLERANCE = 1e-4
"""Scores of a tower are cosines over 0.1 or products of vectors of length 2: of the order of 10."""
STRANGERS = Histories.of([[0, 3, 6], [4], [], [1, 5, 9, 2, 14, 3, 8, 11, 20, 7, 6, 12, 13]], N_ITEMS)
TOWERS = {
    "self_attention": {},
    "gru": {"user": {"type": "gru", "layers": 2}, "matching": "dot"},
    "lstm": {"user": "lstm", "matching": "bilinear"},
    "mean": {"user": {"type": "mean", "half_life": 3}, "matching": {"type": "cosine", "bias": "item"}},
    "lightgcn": {"user": "lightgcn", "norm": None},
    "additive": {"user": "additive_attention"},
    "multi_head": {"user": {"type": "multi_head", "heads": 2}},
    "ratings": {"user": "mean", "matching": {"type": "dot", "bias": "both"}, "loss": "mse"},
}


def with_profiles(task):
    """Users' ages (frozen), ages as categories (trained) and ids (of known users only)."""
    features, table = [], task.catalog.users
    encoders = {"age": NumberEncoder(), "years": CategoryEncoder(), "id": IdentityEncoder()}
    for name, encoder in encoders.items():
        columns = table.select("user_id" if name == "id" else "age")
        encoder.fit(columns)
        features.append(Feature(name, encoder, encoder.encode(columns)))
    return replace(task, user_features=tuple(features))


def fitted(config, task=None):
    return TowerRecommender(TowerConfig(**{"dim": 8, "length": 10, **config})).fit(task or tiny_task())


def again(model, folder, precision="float32"):
    """As read from disk."""
    save_state(model.state(), folder, precision)
    found = Slot("recommenders").build("exported_tower")
    found.restore(load_state(folder))
    return found


@pytest.mark.parametrize("name", TOWERS)
def test_scores_are_those_of_the_tower(name, tmp_path):
    task = tiny_task()
    tower = fitted(TOWERS[name], task)
    made = again(tower.exported(), tmp_path)
    assert isinstance(made, ExportedTowerRecommender)
    for histories in (STRANGERS, task.split.train.histories()):
        np.testing.assert_allclose(made.score(histories), tower.score(histories), atol=TOLERANCE)
        if tower.predicts_ratings:
            assert made.predicts_ratings
            np.testing.assert_allclose(made.rate(histories), tower.rate(histories), atol=TOLERANCE)
    assert np.array_equal(made.scored_items(), tower.scored_items())
    np.testing.assert_array_equal(made.item_vectors().vectors, tower.item_vectors().vectors)
    assert made.insight().curves == tower.insight().curves


def test_new_items_come_to_the_same_place(tmp_path):
    task = tiny_task()
    tower = fitted({}, task)
    given = tuple(replace(one, embeddings=one.embeddings.take(np.array([3, 22]))) for one in task.features)
    rows = np.array([N_ITEMS, N_ITEMS + 1])
    there = tower.placing(rows, given, N_ITEMS + 2)
    here = again(tower.exported(), tmp_path).placing(rows, given, N_ITEMS + 2)
    histories = Histories.of([[0, N_ITEMS], [N_ITEMS + 1], []], N_ITEMS + 2)
    np.testing.assert_allclose(here.score(histories), there.score(histories), atol=TOLERANCE)


@pytest.mark.parametrize("user", ["self_attention", "none"])
def test_profiles_of_known_users_and_of_strangers(user, tmp_path):
    task = with_profiles(tiny_task())
    tower = fitted({"user": user}, task)
    made = again(tower.exported(), tmp_path)
    known = task.split.train.histories()
    np.testing.assert_allclose(made.score(known), tower.score(known), atol=TOLERANCE)
    nobody = replace(known, user_rows=None)
    assert not np.allclose(made.score(known), made.score(nobody))
    features = tuple(replace(one, embeddings=replace(one.embeddings)) for one in task.user_features)
    there, here = tower.profile_vectors(features), made.profile_vectors(features)
    np.testing.assert_allclose(here.vectors, there.vectors, atol=1e-6)
    asked = replace(nobody, profiles=here.vectors)
    np.testing.assert_allclose(made.score(asked), tower.score(asked), atol=TOLERANCE)


@pytest.mark.parametrize(("precision", "tolerance"), [("float16", 0.02), ("int8", 0.3)])
def test_rounded_vectors_move_scores_a_little(precision, tolerance, tmp_path):
    tower = fitted({})
    made = again(tower.exported(), tmp_path, precision)
    difference = np.abs(made.score(STRANGERS) - tower.score(STRANGERS))
    assert 0 < difference.max() < tolerance
    plain = tmp_path / "plain"
    save_state(tower.exported().state(), plain)
    sizes = [(folder / "state.safetensors").stat().st_size for folder in (tmp_path, plain)]
    assert sizes[0] < sizes[1]


def test_a_hybrid_exports_its_models(tmp_path):
    task = tiny_task()
    models = ({"type": "tower", "dim": 8, "length": 10}, "ease")
    hybrid = HybridRecommender(HybridConfig(models=models)).fit(task)
    made = hybrid.exported()
    assert [one.type_name() for one in made.config.models] == ["exported_tower", "ease"]
    assert [one.config.type_name() for one in hybrid.models] == ["tower", "ease"]
    save_state(made.state(), tmp_path)
    back = Slot("recommenders").build(made.config)
    back.restore(load_state(tmp_path))
    np.testing.assert_allclose(back.score(STRANGERS), hybrid.score(STRANGERS), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"user": "target_attention"}, "recommender.user: reads the history anew"),
        ({"matching": {"type": "mlp", "hidden": [4]}}, "recommender.matching: runs a network for each pair"),
    ],
)
def test_what_cannot_be_exported_is_refused_by_name(config, message):
    with pytest.raises(ExportError, match=message):
        fitted(config).exported()


def test_it_is_not_fitted_itself():
    with pytest.raises(DataError, match=r"genre export makes it.*Write tower"):
        ExportedTowerRecommender().fit(tiny_task())
    with pytest.raises(NotFittedError):
        TowerRecommender().exported()
