"""Many small elastic-net problems with positive weights, solved side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_SWEEPS = 300
TOLERANCE = 2e-3
"""A sweep that moves no weight further than this ends the search: weights of use are ten times as large."""


def positive_elastic_net(
    grams: NDArray[np.float32], targets: NDArray[np.float32], l1: float, l2: float, tolerance: float = TOLERANCE
) -> NDArray[np.float32]:
    """The w >= 0 that minimise w'Gw / 2 - w't + l1 sum(w) + l2 w'w / 2, for B problems: float32 B x K.

    Cyclic coordinate descent, in lockstep over the problems. A variable with zero on G's diagonal stays zero.
    Reference: Friedman, Hastie and Tibshirani, Regularization paths for generalized linear models via coordinate
    descent, Journal of Statistical Software 33(1), 2010.

    Args:
        grams: G, B x K x K.
        targets: t, B x K.
    """
    n_problems, n_variables = targets.shape
    weights = np.zeros((n_variables, n_problems), dtype=np.float32)
    by_variable = np.ascontiguousarray(grams.transpose(1, 2, 0))
    curvature = grams.diagonal(axis1=1, axis2=2).T + np.float32(l2)
    scale = np.where(curvature > l2, 1.0 / np.maximum(curvature, 1e-12), 0.0).astype(np.float32)
    slope = np.ascontiguousarray((targets - np.float32(l1)).T)
    for _ in range(MAX_SWEEPS):
        furthest = 0.0
        for variable in range(n_variables):
            old = weights[variable]
            new = np.maximum(old + scale[variable] * (slope[variable] - np.float32(l2) * old), 0.0)
            change = new - old
            largest = max(float(change.max()), -float(change.min()))
            if largest <= tolerance / 10:
                continue
            furthest = max(furthest, largest)
            weights[variable] = new
            slope -= by_variable[variable] * change
        if furthest <= tolerance:
            break
    return weights.T
