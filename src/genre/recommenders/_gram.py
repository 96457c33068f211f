"""The items-by-items matrices of linear models, in bounded memory."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from scipy.linalg import lapack

from genre.core.errors import DataError, Fault
from genre.core.progress import track

BLOCK = 2_048
"""Columns computed at a time: the sparse product of one block is all that is held beside the result."""


def gram(matrix: sp.csr_array, dtype: DTypeLike) -> NDArray[np.floating]:
    """X'X of a sparse U x N matrix, dense: N x N."""
    by_item = matrix.T.tocsr()
    result = np.empty((matrix.shape[1], matrix.shape[1]), dtype=dtype)
    for start in track(range(0, len(result), BLOCK), "co-occurrences"):
        block = by_item[start : start + BLOCK] @ matrix
        result[start : start + BLOCK] = block.toarray()
    return result


def inverted(matrix: NDArray[np.floating]) -> NDArray[np.floating]:
    """The inverse of a symmetric positive definite N x N matrix, computed in its own memory.

    Raises:
        DataError: the matrix is not positive definite.
    """
    double = matrix.dtype == np.float64
    factor, inverse = (lapack.dpotrf, lapack.dpotri) if double else (lapack.spotrf, lapack.spotri)
    triangle, failed = factor(matrix.T, lower=1, overwrite_a=1)
    if not failed:
        triangle, failed = inverse(triangle, lower=1, overwrite_c=1)
    if failed:
        raise DataError(Fault("recommender.l2", "is too small: the matrix cannot be inverted.", "Raise l2."))
    _mirror(triangle.T)
    return triangle.T


def _mirror(matrix: NDArray[np.floating]) -> None:
    """Copy the upper triangle to the lower, block by block."""
    for start in range(0, len(matrix), BLOCK):
        stop = min(start + BLOCK, len(matrix))
        corner = np.triu(matrix[start:stop, start:stop])
        matrix[start:stop, start:stop] = corner + np.triu(corner, 1).T
        matrix[stop:, start:stop] = matrix[start:stop, stop:].T
