"""How often a test item scores above another candidate, over the whole catalogue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class AucConfig(MetricConfig):
    """Nothing to choose."""


class AucMetric(Metric):
    """Area under the ROC curve of all candidates' scores; the cut-off plays no part in it.

    The chance that a test item of the user scores above a candidate that is none, ties counting half.
    NaN where a user has no such candidate.
    Reference: Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143(1), 1982.
    """

    config: AucConfig
    has_cutoff = False
    needs_auc = True

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        if judgement.auc is None:
            raise ValueError("auc: the judgement was made without it")
        return judgement.auc
