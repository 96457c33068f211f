"""The items-by-items matrices of linear models, in bounded memory."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from scipy.linalg import lapack

from genre.core.errors import DataError, Fault
from genre.core.progress import track

WHOLE_ITEMS = 20_000
"""Catalogues up to this size have their whole Gram matrix in memory (1.6 GB)."""
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


class GramBlocks:
    """Small squares of X'X: whole in memory for catalogues where that is cheap, made one by one for larger ones."""

    def __init__(self, matrix: sp.csr_array) -> None:
        self._columns = matrix.tocsc()
        self._whole = gram(matrix, np.float32) if matrix.shape[1] <= WHOLE_ITEMS else None

    def take(
        self, chosen: NDArray[np.integer], targets: NDArray[np.integer]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """For B sets of K items: their squares (B x K x K), and their row against one target item each (B x K).

        Args:
            chosen: B x K item rows; -1 leaves a place empty (zeros).
            targets: B item rows.
        """
        filled = chosen >= 0
        if self._whole is not None:
            squares = self._whole[chosen[:, :, None], chosen[:, None, :]]
            sides = self._whole[chosen, targets[:, None]]
        else:
            made = [self._made(items, target) for items, target in zip(chosen, targets, strict=True)]
            squares, sides = np.stack([square for square, _ in made]), np.stack([side for _, side in made])
        return squares * (filled[:, :, None] & filled[:, None, :]), sides * filled

    def _made(self, items: NDArray[np.integer], target: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        columns = self._columns[:, items]
        side = columns.T @ self._columns[:, [target]]
        return (columns.T @ columns).toarray(), side.toarray()[:, 0]
