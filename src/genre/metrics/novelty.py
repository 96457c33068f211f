"""How little known the listed items are, in bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class NoveltyConfig(MetricConfig):
    """Nothing to choose."""


class NoveltyMetric(Metric):
    """Mean of -log2(training interactions of the item / training users) over the first k.

    An item nobody touched in training counts as one that a single user touched. NaN for an empty list.
    Reference: Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender systems, PNAS 107(10), 2010.
    """

    config: NoveltyConfig

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        items = judgement.rankings.item_rows[:, :k]
        listed = items >= 0
        n_users = max(judgement.n_train_users, 1)
        information = np.log2(n_users / np.clip(judgement.popularity, 1, n_users))
        bits = np.where(listed, information.astype(np.float32)[items], np.float32(0.0)).sum(axis=1, dtype=np.float64)
        n_listed = listed.sum(axis=1)
        return np.divide(bits, n_listed, out=np.full(len(items), np.nan), where=n_listed > 0)
