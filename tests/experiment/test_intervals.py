"""Bootstrap intervals against the normal approximation and against repeated drawing."""

from __future__ import annotations

import numpy as np
import pytest

from genre.experiment.intervals import Resampling, estimates


def test_interval_of_a_mean_is_that_of_the_central_limit() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=(2000, 2))
    for column, estimate in zip(values.T, estimates(values, np.arange(2000), Resampling(2000, 0.9, 1)), strict=True):
        error = 1.6449 * column.std() / np.sqrt(2000)
        assert estimate.mean == pytest.approx(column.mean(), abs=1e-12)
        assert estimate.low == pytest.approx(column.mean() - error, abs=0.1 * error)
        assert estimate.high == pytest.approx(column.mean() + error, abs=0.1 * error)


def test_rows_of_one_user_are_drawn_together() -> None:
    """Repeating every user's row three times adds no information: the interval stays as wide."""
    values = np.random.default_rng(1).random((300, 1))
    once = estimates(values, np.arange(300), Resampling(500))[0]
    thrice = estimates(np.repeat(values, 3, axis=0), np.repeat(np.arange(300), 3), Resampling(500))[0]
    assert thrice.mean == pytest.approx(once.mean)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_undefined_values_count_in_no_mean() -> None:
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan]])
    found, nothing = estimates(values, np.arange(3), Resampling(200))
    assert found.mean == 2.0
    assert found.low == 1.0
    assert found.high == 3.0
    assert (nothing.mean, nothing.low, nothing.high) == (None, None, None)


def test_users_with_more_folds_weigh_by_their_rows() -> None:
    values, users = np.array([[0.0], [0.0], [0.0], [1.0]]), np.array([7, 7, 7, 9])
    assert estimates(values, users, Resampling(0))[0].mean == pytest.approx(0.25)


def test_no_samples_give_no_interval_and_equal_seeds_equal_ones() -> None:
    values = np.random.default_rng(2).random((50, 1))
    assert estimates(values, np.arange(50), Resampling(0))[0].low is None
    first, again, other = (estimates(values, np.arange(50), Resampling(100, seed=seed))[0] for seed in (1, 1, 2))
    assert first == again != other


def test_batches_do_not_change_the_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genre.experiment.intervals.DRAWS_AT_ONCE", 70)
    values = np.random.default_rng(3).normal(size=(50, 1))
    estimate = estimates(values, np.arange(50), Resampling(2000))[0]
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(50), rel=0.1)
