"""Towers whose users are read in other ways: by other towers, by their profile alone, by the training graph."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from genre.core.errors import DataError
from genre.encoders.base import Feature
from genre.encoders.category.category import CategoryEncoder
from genre.encoders.identity.identity import IdentityEncoder
from genre.encoders.identity.lightgcn import LightgcnEncoder
from genre.encoders.number.number import NumberEncoder
from genre.recommenders.base import Task
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.training.settings import TrainingConfig
from genre.values import Catalog, Histories, Interactions, Split, Vocabulary, World

torch.set_num_threads(1)
N_ITEMS, N_USERS = 6, 40


def tower(**fields):
    return TowerRecommender(TowerConfig(**{"dim": 8, "length": 6, "ids": "random", **fields}))


def task_of(item_rows, epochs=30):
    """Users by items in order, U x L."""
    items = Vocabulary([f"i{row}" for row in range(N_ITEMS)])
    users = Vocabulary([f"u{row}" for row in range(len(item_rows))])
    length = item_rows.shape[1]
    train = Interactions(
        users,
        items,
        np.repeat(np.arange(len(users)), length).astype(np.int32),
        item_rows.ravel().astype(np.int32),
        np.tile(np.arange(length), len(users)),
    )
    nothing = train.take(np.arange(0))
    training = TrainingConfig(epochs=epochs, learning_rate=1e-2, warmup_steps=5, n_threads=1, early_stopping=None)
    catalog = Catalog(items, users, pl.DataFrame({"item_id": items.ids}), pl.DataFrame({"user_id": users.ids}))
    return Task(Split(train, nothing, nothing), catalog, training=training)


def circle():
    """Users walk round a circle of items: the next one follows from the last."""
    return task_of((np.arange(N_USERS)[:, None] + np.arange(4)) % N_ITEMS)


def kinds():
    """Even users touch items 0 to 2, odd ones 3 to 5, in any order."""
    random = np.random.default_rng(0)
    return task_of(np.stack([3 * (user % 2) + random.permutation(3) for user in range(N_USERS)]))


def with_ids(task):
    encoder, table = IdentityEncoder(), task.catalog.users.select("user_id")
    encoder.fit(table)
    return replace(task, user_features=(Feature("user", encoder, encoder.encode(table)),))


def with_graph(task, side):
    encoder = LightgcnEncoder()
    encoder.observe(World(task.catalog, task.split.train, side))
    table = getattr(task.catalog, side).select(f"{side[:-1]}_id")
    feature = (Feature("graph", encoder, encoder.encode(table)),)
    return replace(task, features=feature) if side == "items" else replace(task, user_features=feature)


@pytest.mark.parametrize(
    "user",
    [
        "lstm",
        {"type": "additive_attention", "half_life": 0.5},
        {"type": "multi_head", "half_life": 0.5},
        {"type": "target_attention", "half_life": 0.5},
    ],
)
def test_learns_what_comes_next(user):
    model = tower(user=user).fit(circle())
    histories = [[0, 1, 2], [3, 4], [4, 5]]
    scores = model.score(Histories.of(histories, N_ITEMS))
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    assert scores.argmax(axis=1).tolist() == [3, 5, 0]


def test_users_are_known_by_their_own_vector_alone():
    """Matrix factorisation: `none` and a free vector per user; strangers get what is popular, read nobody does."""
    task = with_ids(kinds())
    model = tower(user="none").fit(task)
    asked = replace(Histories.of([[5], [5], [5], []], N_ITEMS), user_rows=np.array([0, 1, -1, 2], np.int32))
    scores = model.score(asked)
    assert set(np.argsort(-scores[0])[:3]) == {0, 1, 2}
    assert set(np.argsort(-scores[1])[:3]) == {3, 4, 5}
    np.testing.assert_array_equal(scores[2], np.log1p(task.split.train.popularity()).astype(np.float32))
    assert set(np.argsort(-scores[3])[:3]) == {0, 1, 2}
    again = tower(user="none")
    again.restore(model.state())
    np.testing.assert_array_equal(again.score(asked), scores)


def test_profiles_of_new_users_are_read_as_those_of_training():
    ages = pl.DataFrame({"age": [float(30 * (user % 2) + user) for user in range(N_USERS)]})
    features = []
    for name, encoder in (("number", NumberEncoder()), ("category", CategoryEncoder())):
        encoder.fit(ages)
        features.append(Feature(name, encoder, encoder.encode(ages)))
    model, again = tower(user="mean").fit(replace(kinds(), user_features=tuple(features))), tower(user="mean")
    again.restore(model.state())
    new = pl.concat([ages[[3, 6]], pl.DataFrame({"age": [None]}, schema=ages.schema)])
    asked = tuple(replace(one, embeddings=one.encoder.encode(new)) for one in features)
    known = replace(Histories.of([[1], [], []], N_ITEMS), user_rows=np.array([3, 6, -1], np.int32))
    for one in (model, again):
        found = one.profile_vectors(asked)
        assert found.present.tolist() == [True, True, False] and found.dim == 8
        posted = replace(Histories.of([[1], [], []], N_ITEMS), profiles=found.vectors)
        np.testing.assert_allclose(one.score(posted), model.score(known), atol=1e-5)
    with pytest.raises(DataError, match=r"users: the tower was trained with \['number', 'category'\]"):
        model.profile_vectors(asked[:1])


def test_users_without_history_and_profile_are_refused():
    with pytest.raises(DataError, match=r"recommender.user: reads no history.*encoder: identity"):
        tower(user="none").fit(kinds())


@pytest.mark.parametrize("side", ["items", "users"])
def test_lightgcn_learns_who_likes_what_on_either_side(side):
    task = with_graph(kinds(), side)
    fields = {"user": "lightgcn", "ids": "none"} if side == "items" else {"user": "none"}
    model = tower(**fields, matching="dot", norm=None).fit(task)
    asked = replace(Histories.of([[0], [4]], N_ITEMS), user_rows=np.array([0, 1], np.int32))
    scores = model.score(asked)
    assert set(np.argsort(-scores[0])[:3]) == {0, 1, 2}
    assert set(np.argsort(-scores[1])[:3]) == {3, 4, 5}
    again = tower(**fields, matching="dot", norm=None)
    again.restore(model.state())
    np.testing.assert_array_equal(again.score(asked), scores)


def singles(n_users=60):
    """Everybody touched one item: even users 0 to 2, odd ones 3 to 5; `group` says which of the two they are."""
    rows = np.array([3 * (user % 2) + user // 2 % 3 for user in range(n_users)])[:, None]
    task = task_of(rows, epochs=60)
    table = pl.DataFrame({"group": [f"g{user % 2}" for user in range(n_users)]})
    encoder = CategoryEncoder()
    encoder.fit(table)
    return replace(task, user_features=(Feature("group", encoder, encoder.encode(table)),))


@pytest.mark.parametrize("user", ["none", "mean", "self_attention", {"type": "target_attention"}, "gru"])
def test_single_interactions_teach_what_a_profile_likes(user):
    task = singles()
    scores = (
        tower(user=user).fit(task).score(replace(Histories.empty(2, N_ITEMS), user_rows=np.array([0, 1], np.int32)))
    )
    assert set(np.argsort(-scores[0])[:3]) == {0, 1, 2}
    assert set(np.argsort(-scores[1])[:3]) == {3, 4, 5}


def test_single_interactions_without_profiles_are_refused():
    with pytest.raises(DataError, match="no user has two training interactions"):
        tower().fit(replace(singles(), user_features=()))
