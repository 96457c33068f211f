"""Share of the k places that hold a test item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class PrecisionConfig(MetricConfig):
    """Nothing to choose."""


class PrecisionMetric(Metric):
    """hits in the first k / k; places that a short list leaves empty count as misses.

    Reference: Manning, Raghavan and Schütze, Introduction to Information Retrieval, section 8.3, 2008.
    """

    config: PrecisionConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        return judgement.hits[:, :k].sum(axis=1) / k
