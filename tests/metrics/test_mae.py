from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error

from genre.values import RatedPairs


def rated(judgement, predicted, given):
    return replace(judgement, ratings=RatedPairs(np.float32(predicted), np.float32(given)))


def test_by_hand(three_users, measure):
    judgement = rated(three_users, [2.0, 4.0, 3.0], [1.0, 5.0, 5.0])
    assert measure("mae", judgement, 1).tolist() == [pytest.approx(4 / 3)]


def test_equals_scikit_learn(three_users, measure):
    predicted, given = np.random.default_rng(0).uniform(1, 5, (2, 500)).astype(np.float32)
    expected = mean_absolute_error(given.astype(np.float64), predicted.astype(np.float64))
    assert measure("mae", rated(three_users, predicted, given), 1)[0] == pytest.approx(expected, rel=1e-12)


def test_without_ratings_there_is_no_value(three_users, measure):
    assert np.isnan(measure("mae", three_users, 1)).tolist() == [True]
