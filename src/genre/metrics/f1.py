"""Precision and recall in one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class F1Config(MetricConfig):
    """Nothing to choose."""


class F1Metric(Metric):
    """2 precision recall / (precision + recall) = 2 hits / (k + relevant items).

    Reference: van Rijsbergen, Information Retrieval, chapter 7, 1979.
    """

    config: F1Config

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        return 2.0 * judgement.hits[:, :k].sum(axis=1) / (k + judgement.n_relevant)
