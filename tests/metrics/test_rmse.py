from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_error

from genre.values import RatedPairs


def rated(judgement, predicted, given):
    return replace(judgement, ratings=RatedPairs(np.float32(predicted), np.float32(given)))


def test_by_hand(three_users, measure):
    """Errors of 1, 1 and 2: the root of 6 / 3, whoever made them."""
    judgement = rated(three_users, [2.0, 4.0, 3.0], [1.0, 5.0, 5.0])
    assert measure("rmse", judgement, 1).tolist() == [pytest.approx(2**0.5)]


def test_equals_scikit_learn(three_users, measure):
    predicted, given = np.random.default_rng(0).uniform(1, 5, (2, 500)).astype(np.float32)
    expected = root_mean_squared_error(given.astype(np.float64), predicted.astype(np.float64))
    assert measure("rmse", rated(three_users, predicted, given), 1)[0] == pytest.approx(expected, rel=1e-12)


def test_without_ratings_there_is_no_value(three_users, measure):
    assert np.isnan(measure("rmse", three_users, 1)).tolist() == [True]
    assert np.isnan(measure("rmse", rated(three_users, [], []), 1)).tolist() == [True]


@pytest.mark.parametrize(("predicted", "given"), [([1.0], [1.0, 2.0]), ([np.nan], [1.0]), ([1.0], [np.inf])])
def test_pairs_are_whole(predicted, given):
    with pytest.raises(ValueError, match="rated pairs"):
        RatedPairs(np.float32(predicted), np.float32(given))
