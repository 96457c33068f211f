"""Average precision: every hit counts with the precision at its place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class MapConfig(MetricConfig):
    """Nothing to choose."""


class MapMetric(Metric):
    """Sum over hits in the first k of precision at the hit's rank / relevant items.

    Reference: Manning, Raghavan and Schütze, Introduction to Information Retrieval, section 8.4, 2008.
    """

    config: MapConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        rows, places = np.nonzero(judgement.hits[:, :k])
        n_hits = np.bincount(rows, minlength=len(judgement.n_relevant))
        number = np.arange(1, len(rows) + 1) - np.repeat(np.cumsum(n_hits) - n_hits, n_hits)
        gains = np.bincount(rows, weights=number / (places + 1), minlength=len(n_hits))
        return gains / judgement.n_relevant
