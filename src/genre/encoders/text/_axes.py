"""The leading singular axes of a sparse matrix."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.linalg
from numpy.typing import NDArray

_SMALL = 400
"""Up to this many rows or columns the exact dense decomposition is quick."""


def principal_axes(matrix: sp.csr_array, dim: int) -> NDArray[np.float32]:
    """The right singular vectors of the `dim` largest singular values (fewer where the rank is): float32 terms x dim.

    Not centred, so that the matrix stays sparse. Each axis is turned so that its largest entry is positive, which makes
    the result the same every time.
    """
    smaller = min(matrix.shape)
    if smaller <= _SMALL or dim > smaller // 2:
        _, values, axes = scipy.linalg.svd(matrix.toarray().astype(np.float64), full_matrices=False)
    else:
        start = np.random.default_rng(0).standard_normal(smaller)
        _, values, axes = scipy.sparse.linalg.svds(matrix.astype(np.float64), k=dim, v0=start)
        order = np.argsort(-values)
        values, axes = values[order], axes[order]
    kept = min(dim, int((values > values.max(initial=0.0) * 1e-6).sum()))
    axes = axes[:kept]
    largest = axes[np.arange(kept), np.abs(axes).argmax(axis=1)]
    return np.ascontiguousarray((axes * np.sign(largest)[:, None]).T, dtype=np.float32)
