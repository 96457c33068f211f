import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import ElasticNet

from genre.recommenders import _gram
from genre.recommenders._elastic_net import positive_elastic_net
from genre.recommenders._gram import GramBlocks
from genre.recommenders.slim import SlimConfig, SlimRecommender
from genre.testing import tiny_task
from genre.values import Histories


def random_matrix():
    random = np.random.default_rng(0)
    taste = random.random((300, 4)) @ random.random((4, 30))
    return (taste > np.quantile(taste, 0.7)).astype(np.float64)


@pytest.mark.parametrize(("l1", "l2"), [(1.0, 5.0), (5.0, 50.0), (0.5, 0.5)])
def test_columns_are_elastic_nets_of_scikit_learn(l1, l2):
    matrix = random_matrix()
    n_rows, target = len(matrix), 7
    inputs = np.delete(matrix, target, axis=1)
    alpha, ratio = (l1 + l2) / n_rows, l1 / (l1 + l2)
    peer = ElasticNet(alpha=alpha, l1_ratio=ratio, positive=True, fit_intercept=False, tol=1e-8, max_iter=10_000)
    expected = peer.fit(inputs, matrix[:, target]).coef_
    square, side = (inputs.T @ inputs).astype(np.float32), (inputs.T @ matrix[:, target]).astype(np.float32)
    ours = positive_elastic_net(square[None], side[None], l1, l2, tolerance=1e-6)[0]
    assert ours == pytest.approx(expected, abs=1e-3)
    assert (expected > 0).sum() >= 2


def test_problems_side_by_side_do_not_mix():
    matrix = random_matrix().astype(np.float32)
    square = matrix.T @ matrix
    squares = np.stack([square[:10, :10], square[10:20, 10:20]])
    sides = np.stack([square[:10, 29], square[10:20, 28]])
    together = positive_elastic_net(squares, sides, 1.0, 5.0, tolerance=1e-6)
    alone = np.concatenate([positive_elastic_net(squares[[p]], sides[[p]], 1.0, 5.0, tolerance=1e-6) for p in (0, 1)])
    assert together == pytest.approx(alone, abs=1e-4)


def test_empty_places_get_no_weight():
    weights = positive_elastic_net(np.zeros((1, 3, 3), np.float32), np.ones((1, 3), np.float32), 0.1, 0.0)
    assert not weights.any()


def test_squares_are_the_same_made_whole_or_one_by_one(monkeypatch):
    matrix = sp.csr_array(random_matrix().astype(np.float32))
    chosen, targets = np.array([[3, 8, -1], [0, -1, -1], [5, 6, 7]]), np.array([1, 2, 3])
    whole = GramBlocks(matrix).take(chosen, targets)
    monkeypatch.setattr(_gram, "WHOLE_ITEMS", 0)
    made = GramBlocks(matrix).take(chosen, targets)
    for one, other in zip(whole, made, strict=True):
        assert (one == other).all()
    assert whole[1][0, 1] == (matrix.T @ matrix).toarray()[8, 1]


def test_columns_are_sparse_positive_and_without_themselves():
    task = tiny_task()
    model = SlimRecommender(SlimConfig(l1=0.5, l2=1.0, candidates=6, recency="none")).fit(task)
    weights = model._weights.toarray()
    assert (weights >= 0).all() and weights.any()
    assert not weights.diagonal().any()
    assert ((weights > 0).sum(axis=0) <= 6).all()
    assert model.score(Histories.of([[3, 8]], 24))[0, :22] == pytest.approx((weights[3] + weights[8])[:22])


def test_all_candidates_give_the_unrestricted_model():
    task = tiny_task()
    model = SlimRecommender(SlimConfig(l1=0.5, l2=2.0, candidates=100, recency="none")).fit(task)
    matrix = task.split.train.matrix().toarray()[:, :22]
    square = (matrix.T @ matrix).astype(np.float32)
    others = np.delete(np.arange(22), 4)
    expected = positive_elastic_net(square[np.ix_(others, others)][None], square[others, 4][None], 0.5, 2.0, 1e-6)[0]
    assert model._weights.toarray()[others, 4] == pytest.approx(expected, abs=5e-3)
