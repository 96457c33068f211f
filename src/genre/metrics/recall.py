"""Share of a user's test items that are in the list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class RecallConfig(MetricConfig):
    """Nothing to choose."""


class RecallMetric(Metric):
    """hits in the first k / relevant items.

    Reference: Manning, Raghavan and Schütze, Introduction to Information Retrieval, section 8.3, 2008.
    """

    config: RecallConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        return judgement.hits[:, :k].sum(axis=1) / judgement.n_relevant
