"""What metrics of predicted ratings share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.values import Judgement


def errors(judgement: Judgement) -> NDArray[np.float64]:
    """Predicted less given, of all judged ratings: float64 [T]; one NaN where no rating is given or predicted."""
    pairs = judgement.ratings
    if pairs is None or not len(pairs.given):
        return np.array([np.nan])
    return pairs.predicted.astype(np.float64) - pairs.given.astype(np.float64)
