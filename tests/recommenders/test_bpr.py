import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.bpr import BayesianPersonalizedRanking

from genre.core.seeds import derive
from genre.recommenders.bpr import BprConfig, BprRecommender
from genre.testing import tiny_task
from genre.values import Histories

STRANGERS = Histories.of([[0, 3, 6], [4]], n_items=24)


def fitted(**config):
    task = tiny_task()
    return task, BprRecommender(BprConfig(**{"dim": 6, "epochs": 30, **config})).fit(task)


def test_factors_are_those_of_implicit_and_the_user_lies_along_the_history():
    task, model = fitted(taste=1.0, recency="none")
    seed = derive(task.seed, "bpr")
    peer = BayesianPersonalizedRanking(6, 0.01, 0.01, iterations=30, num_threads=1, random_state=seed)
    train = sp.csr_matrix(task.split.train.matrix())
    peer.fit(train, show_progress=False)
    items, bias = peer.item_factors[:, :-1], peer.item_factors[:, -1]
    assert model.item_vectors().vectors[:22] == pytest.approx(items[:22], abs=1e-6)

    def direction(rows):
        mean = items[rows].mean(axis=0)
        return mean / np.linalg.norm(mean)

    length = np.mean([peer.user_factors[user, :-1] @ direction(train[user].indices) for user in range(36)])
    expected = length * items @ direction([0, 3, 6]) + bias
    assert model.score(STRANGERS)[0, :22] == pytest.approx(expected[:22], abs=1e-5)


def test_taste_decides_how_far_popularity_is_left():
    _, little = fitted(taste=1e-6)
    _, much = fitted(taste=3.0)
    same, other = (np.argsort(-model.score(STRANGERS)[:, :22], axis=1) for model in (little, much))
    assert (same[0] == same[1]).all()
    assert (other[0] != other[1]).any()


def test_taste_is_chosen_on_validation_users():
    _, model = fitted()
    assert model.state().meta["taste"] in {0.4, 0.6, 0.8, 1.0}


def test_genres_are_told_apart():
    """Users of the tiny world keep to one genre in three; a history of one genre brings up that genre."""
    _, model = fitted(epochs=300, learning_rate=0.05, taste=1.0)
    scores = model.score(Histories.of([[0, 3, 6], [1, 4, 10], [2, 8, 11]], n_items=24))[:, :22]
    genre = np.arange(22) % 3
    means = np.stack([scores[:, genre == g].mean(axis=1) for g in range(3)], axis=1)
    assert (means.argmax(axis=1) == [0, 1, 2]).all()
