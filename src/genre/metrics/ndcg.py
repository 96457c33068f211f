"""Normalised discounted cumulative gain: hits count less the lower they stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class NdcgConfig(MetricConfig):
    """Nothing to choose."""


class NdcgMetric(Metric):
    """DCG@k / ideal DCG@k with binary gains, DCG@k = sum over hits of 1 / log2(rank + 1).

    The ideal list holds min(k, relevant items) hits at its top.
    Reference: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002.
    """

    config: NdcgConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        hits = judgement.hits[:, :k]
        discounts = 1.0 / np.log2(np.arange(2, k + 2))
        ideal = np.cumsum(discounts)[np.minimum(judgement.n_relevant, k) - 1]
        return (hits @ discounts[: hits.shape[1]]) / ideal
