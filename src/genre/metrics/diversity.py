"""How unlike each other the items of a list are."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class DiversityConfig(MetricConfig):
    """Nothing to choose."""


class DiversityMetric(Metric):
    """Mean over pairs of the first k of 1 - cosine of their vectors (intra-list distance).

    Over n unit vectors v the cosines of all pairs sum to (|sum v|^2 - n) / 2, so no pair is ever formed. Items without
    content are left out; NaN where fewer than two are left, or where there are no vectors at all.
    Reference: Ziegler et al., Improving recommendation lists through topic diversification, WWW 2005.
    """

    config: DiversityConfig
    needs_vectors = True

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        items = judgement.rankings.item_rows[:, :k]
        if judgement.vectors is None:
            return np.full(len(items), np.nan)
        units = judgement.vectors.normalized()
        counted = (items >= 0) & (units.any(axis=1) & judgement.vectors.present)[items]
        n = counted.sum(axis=1).astype(np.float64)
        lists = sp.csr_array(
            (np.ones(int(n.sum()), np.float32), items[counted], np.concatenate(([0], np.cumsum(n))).astype(np.int64)),
            shape=(len(items), len(units)),
        )
        sums = lists @ units
        length = np.einsum("bd,bd->b", sums, sums)
        cosine = np.divide(length - n, n * (n - 1), out=np.full(len(items), np.nan), where=n > 1)
        return 1.0 - cosine
