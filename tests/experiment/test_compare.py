"""Paired tests against exact enumeration, Holm's correction against its worked example."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test, ttest_rel

from genre.experiment.compare import compare, holm, sign_flip_test
from genre.experiment.intervals import Resampling


def mean_difference(x: np.ndarray, axis: int) -> np.ndarray:
    return np.mean(x, axis=axis)


def test_sign_flips_equal_exact_enumeration() -> None:
    differences = np.random.default_rng(0).normal(0.4, 1.0, size=(12, 3))
    got = sign_flip_test(differences, np.arange(12), seed=1, n_flips=40_000)
    for column, p in zip(differences.T, got, strict=True):
        exact = permutation_test((column,), mean_difference, permutation_type="samples", n_resamples=np.inf)
        assert p == pytest.approx(exact.pvalue, abs=0.01)


def test_sign_flips_of_hits_equal_the_binomial_test() -> None:
    """For 0 and 1 the test is McNemar's: only users on whom the two models differ say anything."""
    differences = np.array([1.0] * 14 + [-1.0] * 4 + [0.0] * 500)[:, None]
    got = sign_flip_test(differences, np.arange(518), seed=2, n_flips=40_000)[0]
    assert got == pytest.approx(binomtest(14, 18).pvalue, abs=0.005)


def test_sign_flips_approach_the_t_test_for_many_users() -> None:
    random = np.random.default_rng(3)
    a, b = random.normal(0.05, 1.0, 800), random.normal(0.0, 1.0, 800)
    got = sign_flip_test((a - b)[:, None], np.arange(800), seed=4)[0]
    assert got == pytest.approx(ttest_rel(a, b).pvalue, abs=0.02)


def test_equal_models_have_p_one() -> None:
    assert sign_flip_test(np.zeros((20, 1)), np.arange(20), seed=0)[0] == 1.0


def test_rows_of_one_user_flip_together() -> None:
    one = np.random.default_rng(5).normal(0.3, 1.0, (10, 1))
    rows = sign_flip_test(np.repeat(one, 50, axis=0), np.repeat(np.arange(10), 50), seed=6)
    assert rows == pytest.approx(sign_flip_test(one, np.arange(10), seed=6))


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1.0, 1.0])
    assert holm([]).size == 0


def test_all_pairs_best_first() -> None:
    random = np.random.default_rng(7)
    base = random.random(400)
    values = {"worst": base - 0.2, "best": base + 0.01 * random.random(400), "mid": base}
    found = compare(values, "ndcg@10", np.arange(400), Resampling(300))
    assert [(one.a, one.b) for one in found] == [("best", "mid"), ("best", "worst"), ("mid", "worst")]
    for one in found:
        exact = (values[one.a] - values[one.b]).mean()
        assert one.difference.mean == pytest.approx(exact)
        assert one.difference.low is not None
        assert one.difference.high is not None
        assert one.difference.low <= exact + 1e-12
        assert exact - 1e-12 <= one.difference.high
        assert one.p <= one.p_holm < 0.01
