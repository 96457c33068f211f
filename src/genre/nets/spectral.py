"""Item vectors from the spectrum of who touched what: a warm start for id parts."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

OVERSAMPLING, ROUNDS = 16, 4


def degree_normalised(matrix: sp.csr_array) -> sp.csr_array:
    """Each entry divided by the roots of its row's and its column's sum: busy users and popular items do not rule."""
    rows = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0) ** -0.5
    columns = np.maximum(np.asarray(matrix.sum(axis=0)).ravel(), 1.0) ** -0.5
    scaled = sp.diags_array(rows) @ matrix @ sp.diags_array(columns)
    return sp.csr_array(scaled, dtype=np.float32)


def spectral_vectors(matrix: sp.csr_array, dim: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Leading right singular vectors of a U x N matrix times the roots of their singular values: float32 N x dim.

    Columns beyond the matrix's own size are zero. Reference: randomised subspace iteration, arXiv 0909.4061.
    """
    n_users, n_items = matrix.shape
    size = min(dim + OVERSAMPLING, n_users, n_items)
    basis = rng.standard_normal((n_items, size), dtype=np.float32)
    for _ in range(ROUNDS):
        basis, _ = np.linalg.qr(matrix.T @ (matrix @ basis))
    left, values, right = np.linalg.svd(matrix @ basis, full_matrices=False)
    del left
    kept = min(dim, size)
    vectors = np.zeros((n_items, dim), dtype=np.float32)
    vectors[:, :kept] = (basis @ right.T[:, :kept]) * np.sqrt(values[:kept])
    return vectors
