import numpy as np

from genre.nets.whitening import Whitening
from genre.values import Embeddings


def embeddings(n=200, width=6):
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(n, width)) @ rng.normal(size=(width, width)) + 3.0).astype(np.float32)
    present = rng.random(n) < 0.9
    vectors[~present] = 0.0
    return Embeddings(vectors, present)


def test_fitted_rows_have_mean_zero_and_unit_covariance():
    given = embeddings()
    fit_rows = np.arange(len(given)) < 150
    white = Whitening.fit(given, fit_rows, 4).apply(given)
    rows = white.vectors[fit_rows & given.present]
    assert white.dim == 4
    np.testing.assert_allclose(rows.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(np.cov(rows.T), np.eye(4), atol=1e-3)


def test_axes_are_the_leading_ones():
    given = embeddings()
    rows = given.vectors[given.present].astype(np.float64)
    _, values, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    expected = (rows - rows.mean(axis=0)) @ axes[:2].T / values[:2] * np.sqrt(len(rows) - 1)
    found = Whitening.fit(given, np.ones(len(given), bool), 2).apply(given).vectors[given.present]
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-3)


def test_only_fitted_rows_count_and_absent_rows_stay_zero():
    given = embeddings()
    fit_rows = np.arange(len(given)) < 150
    changed = Embeddings(np.where(fit_rows[:, None], given.vectors, 9 * given.vectors), given.present)
    first, second = (Whitening.fit(some, fit_rows, 3) for some in (given, changed))
    np.testing.assert_array_equal(first.axes, second.axes)
    assert not first.apply(given).vectors[~given.present].any()


def test_no_more_axes_than_the_content_has():
    flat = Embeddings(np.repeat(np.arange(9, dtype=np.float32)[:, None], 5, axis=1), np.ones(9, bool))
    white = Whitening.fit(flat, np.ones(9, bool), 4).apply(flat)
    assert white.dim == 1
    nothing = Embeddings(np.zeros((9, 5), np.float32), np.zeros(9, bool))
    assert not Whitening.fit(nothing, np.ones(9, bool), 4).apply(nothing).vectors.any()
