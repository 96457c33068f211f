"""Whether the list holds any test item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class HitRateConfig(MetricConfig):
    """Nothing to choose."""


class HitRateMetric(Metric):
    """1 if there is a hit in the first k, else 0.

    Reference: Deshpande and Karypis, Item-based top-N recommendation algorithms, ACM TOIS 22(1), 2004.
    """

    config: HitRateConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        return np.asarray(judgement.hits[:, :k].any(axis=1), dtype=np.float64)
