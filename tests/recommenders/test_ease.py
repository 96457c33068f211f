import numpy as np
import pytest

from genre.core.errors import DataError
from genre.recommenders._gram import gram, inverted
from genre.recommenders.ease import EaseConfig, EaseRecommender
from genre.testing import tiny_task
from genre.values import Histories


def fitted(**config):
    task = tiny_task()
    return task, EaseRecommender(EaseConfig(**config)).fit(task)


def test_weights_are_the_constrained_minimum():
    """Each column solves ridge regression on all other columns: the definition, not the closed form."""
    task, model = fitted(l2=5.0, recency="none")
    warm = model.scored_items()
    matrix = task.split.train.matrix().toarray().astype(np.float64)[:, warm]
    for target in range(matrix.shape[1]):
        others = np.delete(np.arange(matrix.shape[1]), target)
        inputs = matrix[:, others]
        solved = np.linalg.solve(inputs.T @ inputs + 5.0 * np.eye(len(others)), inputs.T @ matrix[:, target])
        assert model._weights[others, target] == pytest.approx(solved, abs=1e-5)
    assert not model._weights.diagonal().any()


def test_scores_of_a_stranger_are_history_times_weights():
    _, model = fitted(l2=5.0, recency={"half_life": 1.0})
    scores = model.score(Histories.of([[3, 8]], n_items=24))[0]
    expected = 0.5 * model._weights[3] + model._weights[8]
    assert scores[:22] == pytest.approx(expected, abs=1e-6)
    assert np.isneginf(scores[22:]).all()


def test_history_of_cold_items_only_gets_zero_scores():
    _, model = fitted()
    assert (model.score(Histories.of([[23]], n_items=24))[0, :22] == 0).all()


def test_large_catalogues_are_refused_with_a_way_out():
    with pytest.raises(DataError, match=r"22 trained items.*item_knn or slim"):
        fitted(max_items=10)


def test_single_and_double_precision_agree():
    task = tiny_task()
    matrix = task.split.train.matrix()
    single, double = gram(matrix, np.float32), gram(matrix, np.float64)
    assert (single == (matrix.T @ matrix).toarray()).all()
    single[np.diag_indices_from(single)] += 10
    double[np.diag_indices_from(double)] += 10
    expected = np.linalg.inv(double)
    assert inverted(double) == pytest.approx(expected, abs=1e-12)
    assert inverted(single) == pytest.approx(expected, abs=1e-6)
    assert (inverted(np.eye(3)) == np.eye(3)).all()


def test_a_matrix_without_inverse_is_a_fault():
    with pytest.raises(DataError, match="l2"):
        inverted(np.zeros((3, 3)))
