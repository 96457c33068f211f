"""How unevenly the lists share out their places among the candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class GiniConfig(MetricConfig):
    """Nothing to choose."""


class GiniMetric(Metric):
    """Gini coefficient of how often each candidate is in the first k of the lists.

    0: all candidates are shown equally often; towards 1: a few items get every place. With n candidates whose counts
    x_1 <= ... <= x_n rise: sum_i (2 i - n - 1) x_i / (n sum_i x_i). NaN when nothing is listed.
    Reference: Fleder and Hosanagar, Blockbuster culture's next rise or fall, Management Science 55(5), 2009.
    """

    config: GiniConfig
    is_per_user = False

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        counts = np.sort(judgement.exposure(k)[judgement.candidates]).astype(np.float64)
        n, total = len(counts), counts.sum()
        if total == 0:
            return np.array([np.nan])
        return np.array([(2 * np.arange(1, n + 1) - n - 1) @ counts / (n * total)])
