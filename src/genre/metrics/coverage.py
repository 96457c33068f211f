"""Share of the candidates that is listed for anybody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class CoverageConfig(MetricConfig):
    """Nothing to choose."""


class CoverageMetric(Metric):
    """Distinct items in the first k of all lists / candidates.

    Reference: Ge, Delgado-Battenfeld and Jannach, Beyond accuracy: evaluating recommender systems by coverage and
    serendipity, RecSys 2010.
    """

    config: CoverageConfig
    is_per_user = False

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        n_listed = np.count_nonzero(judgement.exposure(k))
        return np.array([n_listed / np.count_nonzero(judgement.candidates)])
