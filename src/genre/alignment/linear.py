"""Projects every modality into the space of the first by ridge regression."""

from __future__ import annotations

import numpy as np

from genre.alignment._mapped import Centred, MappedAlignment, Matrix
from genre.alignment.base import AlignmentConfig
from genre.nets.content_map import ContentMap


class LinearConfig(AlignmentConfig):
    """Nothing more to choose: the ridge penalty is the one that predicts left-out items best."""


class LinearAlignment(MappedAlignment):
    """The first modality stays as it is; each other one becomes what it says about the first.

    Learned from the items that have both. Predictions are shrunk where there is little to say, so that they are scaled
    back to the mean length of the first: modalities that differ in length would not weigh the same in a sum.
    Reference: a linear map between two embedding spaces, arXiv 1309.4168.
    """

    config: LinearConfig
    EXAMPLES = ({}, {"between": ["text", "genres"], "held_out": 0.2})

    def _matrices(self, taught: Centred) -> list[Matrix]:
        dim = taught.vectors[0].shape[1]
        return [np.eye(dim), *(_towards_first(*taught.pair(place, 0)) for place in range(1, len(taught.means)))]


def _towards_first(inputs: Matrix, targets: Matrix) -> Matrix:
    """The regression of targets (n x D) on inputs (n x D_k) at the length of the targets: D_k x D."""
    if len(inputs) < 2:
        return np.zeros((inputs.shape[1], targets.shape[1]))
    fitted = ContentMap.fit(inputs.astype(np.float32), targets.astype(np.float32), np.ones(len(inputs)))
    weights = fitted.weights.astype(np.float64)
    length = np.sqrt(np.square(inputs @ weights).sum(axis=1).mean())
    wanted = np.sqrt(np.square(targets).sum(axis=1).mean())
    return weights * (wanted / length) if length > 1e-12 else weights
