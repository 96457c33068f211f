"""Which content pleases which users of a trained tower, in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.nets.content_map import ContentMap, ContentRidge

USER_PENALTY = 0.1
"""Ridge penalty of the users' factors, as a share of the mean variance of their columns."""


def liking_map(
    ridge: ContentRidge, users: NDArray[np.float32], touched: sp.csr_array, factors: NDArray[np.float32]
) -> ContentMap:
    """From content to factors whose products with those of users tell who will touch an item.

    Two regressions: of who touched an item on the users' factors, then of what that gave on content. Trained vectors
    are no such target: training cares for which item comes next, and a vector's length is not its own to choose. The
    outcome is brought onto the scale of the trained scores: slope and offset are those that foretell the scores of the
    trained items best, each from the content of the others.

    Reference: Gantner et al., Learning attribute-to-feature mappings for cold-start recommendations, ICDM 2010.

    Args:
        ridge: content of the n trained items.
        users: U x K.
        touched: U x n, who touched what in training.
        factors: n x K, of the trained items.
    """
    gram = users.T.astype(np.float64) @ users
    level = max(float(np.trace(gram)) / len(gram), 1e-12)
    known = np.asarray(touched.T @ users, dtype=np.float64)
    targets = np.linalg.solve(gram + USER_PENALTY * level * np.eye(len(gram)), known.T).T
    metric = np.linalg.cholesky(gram + 1e-6 * level * np.eye(len(gram)))
    fitted = ridge.fit(targets, metric)
    middle = factors.mean(axis=0)
    told, trained = (fitted.left_out - fitted.map.offset) @ metric, (factors - middle) @ metric
    slope = float((told * trained).sum() / max(float(np.square(told).sum()), 1e-12))
    if slope <= 0:
        return ridge.fit(factors, metric).map
    return replace(fitted.map, weights=(slope * fitted.map.weights).astype(np.float32), offset=middle)
