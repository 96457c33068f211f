"""How far up the first hit is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class MrrConfig(MetricConfig):
    """Nothing to choose."""


class MrrMetric(Metric):
    """1 / rank of the first hit in the first k, 0 without one.

    Reference: Voorhees, The TREC-8 question answering track report, 1999.
    """

    config: MrrConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        hits = judgement.hits[:, :k]
        return hits.any(axis=1) / (hits.argmax(axis=1) + 1.0)
