import numpy as np
import scipy.sparse as sp

from genre.nets.spectral import degree_normalised, spectral_vectors


def matrix(n_users=60, n_items=40):
    rng = np.random.default_rng(0)
    return sp.csr_array((rng.random((n_users, n_items)) < 0.15).astype(np.float32))


def test_gram_matrix_is_that_of_the_leading_singular_vectors():
    dense = matrix().toarray()
    _, values, right = np.linalg.svd(dense, full_matrices=False)
    expected = (right[:5].T * values[:5]) @ right[:5]
    vectors = spectral_vectors(matrix(), 5, np.random.default_rng(1))
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=2e-2)


def test_all_of_a_small_matrix_and_zeros_beyond_it():
    vectors = spectral_vectors(matrix(6, 9), 8, np.random.default_rng(0))
    assert vectors.shape == (9, 8)
    assert not vectors[:, 6:].any()
    _, values, right = np.linalg.svd(matrix(6, 9).toarray(), full_matrices=False)
    np.testing.assert_allclose(vectors @ vectors.T, (right.T * values) @ right, atol=1e-4)


def test_equal_generators_give_equal_vectors():
    first, second = (spectral_vectors(matrix(), 7, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_degree_normalised_by_hand():
    given = sp.csr_array(np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]], dtype=np.float32))
    expected = [[1 / np.sqrt(2), 1 / 2], [0, 1 / np.sqrt(2)], [0, 0]]
    np.testing.assert_allclose(degree_normalised(given).toarray(), expected, rtol=1e-6)
