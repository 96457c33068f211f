import numpy as np
import pytest
from sklearn.cross_decomposition import CCA

from genre.alignment.cca import CcaAlignment, CcaConfig
from genre.values import Embeddings

ROWS = np.arange(300) < 250


def fitted(modalities, world, **fields):
    alignment = CcaAlignment(CcaConfig(**{"penalty": 0.0, "power": 0.0, **fields}))
    alignment.fit(modalities, ROWS, world)
    return [one.vectors for one in alignment.align(modalities)]


def correlations(left, right, rows=ROWS):
    return np.array([np.corrcoef(left[rows, k], right[rows, k])[0, 1] for k in range(left.shape[1])])


def test_two_views_have_the_variates_of_scikit_learn(views, world):
    first, second = views([5, 7], noise=1.5)
    left, right = fitted([first, second], world, dim=3)
    theirs = CCA(n_components=3, max_iter=5000, tol=1e-10).fit(first.vectors[ROWS], second.vectors[ROWS])
    expected = theirs.transform(first.vectors, second.vectors)
    np.testing.assert_allclose(correlations(left, right), correlations(*expected), atol=1e-4)
    for ours, other in zip((left, right), expected, strict=True):
        np.testing.assert_allclose(np.abs(correlations(ours, other)), 1.0, atol=1e-3)


def test_variates_have_unit_variance_and_are_uncorrelated(views, world):
    left, _ = fitted(views([5, 7], noise=1.5), world)
    np.testing.assert_allclose(np.cov(left[ROWS].T, bias=True), np.eye(5), atol=1e-3)


@pytest.mark.parametrize("n_views", [2, 3])
def test_planted_correlation_is_found_on_items_not_learned_from(views, world, n_views):
    found = fitted(views([6, 8, 5][:n_views], n_shared=2, noise=0.1), world, dim=4, penalty=0.01)
    held_out = correlations(found[0], found[-1], ~ROWS)
    assert (held_out[:2] > 0.98).all()
    assert (np.abs(held_out[2:]) < 0.6).all()


def test_power_scales_directions_by_their_correlation(views, world):
    modalities = views([5, 7], noise=1.5)
    plain, scaled = fitted(modalities, world)[0], fitted(modalities, world, power=2.0)[0]
    expected = correlations(*fitted(modalities, world)) ** 2
    np.testing.assert_allclose(scaled[ROWS].std(axis=0) / plain[ROWS].std(axis=0), expected, atol=1e-3)


def test_directions_without_variance_do_no_harm(views, world):
    first, second = views([5, 7])
    flat = np.concatenate([second.vectors, np.full((300, 2), 3.0, np.float32)], axis=1)
    for found in fitted([first, Embeddings(flat, second.present)], world):
        assert np.isfinite(found).all() and np.abs(found).max() < 10
