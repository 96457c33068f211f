import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from genre.recommenders.user_knn import UserKnnConfig, UserKnnRecommender
from genre.testing import tiny_task
from genre.values import Histories

STRANGERS = Histories.of([[0, 3, 6], [4], [1, 5, 9, 2]], n_items=24)


def fitted(**config):
    task = tiny_task()
    return task, UserKnnRecommender(UserKnnConfig(**{"recency": "none", "shrinkage": 0.0, **config})).fit(task)


def test_all_neighbours_give_similarity_times_histories():
    task, model = fitted(neighbours=100, weighting="none")
    touched = task.split.train.matrix().toarray()
    similar = cosine_similarity(STRANGERS.matrix().toarray(), touched)
    assert model.score(STRANGERS)[:, :22] == pytest.approx((similar @ touched)[:, :22], abs=1e-5)


def test_rare_items_say_more():
    task, model = fitted(neighbours=100, weighting="tf_idf")
    touched = task.split.train.matrix().toarray()
    idf = np.maximum(np.log(36) - np.log1p(touched.sum(axis=0)), 0)
    similar = cosine_similarity(STRANGERS.matrix().toarray() * idf, touched * idf)
    assert model.score(STRANGERS)[:, :22] == pytest.approx((similar @ touched)[:, :22], abs=1e-5)


def test_only_the_nearest_speak():
    task, model = fitted(neighbours=1, weighting="none")
    touched = task.split.train.matrix().toarray()
    similar = cosine_similarity(STRANGERS.matrix().toarray(), touched)
    nearest = similar.argmax(axis=1)
    expected = similar.max(axis=1)[:, None] * touched[nearest]
    assert model.score(STRANGERS)[:, :22] == pytest.approx(expected[:, :22], abs=1e-5)


def test_newer_items_decide_who_is_near():
    _, model = fitted(neighbours=3, recency={"half_life": 0.2})
    old_to_new = model.score(Histories.of([[0, 1], [1, 0]], 24))
    plain = fitted(neighbours=3)[1].score(Histories.of([[0, 1], [1, 0]], 24))
    assert (plain[0] == plain[1]).all()
    assert (old_to_new[0] != old_to_new[1]).any()


def test_shrinkage_stands_below():
    task, model = fitted(neighbours=100, weighting="none", shrinkage=4.0)
    touched = task.split.train.matrix().toarray()
    products = STRANGERS.matrix().toarray() @ touched.T
    lengths = np.sqrt(STRANGERS.lengths)[:, None] * np.sqrt(touched.sum(axis=1))
    assert model.score(STRANGERS)[:, :22] == pytest.approx((products / (lengths + 4) @ touched)[:, :22], abs=1e-5)
