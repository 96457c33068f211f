"""Takes out what the user touched already."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.ranking.base import Ranker, RankerConfig, RankingContext


class ExcludeSeenConfig(RankerConfig):
    """Nothing to choose."""


class ExcludeSeenRanker(Ranker):
    """Items of the user's own history are never listed."""

    config: ExcludeSeenConfig
    hides_seen = True

    def adjust(self, scores: NDArray[np.float32], context: RankingContext) -> NDArray[np.float32]:
        rows = np.repeat(np.arange(len(context.seen)), context.seen.lengths)
        scores[rows, context.seen.item_rows] = -np.inf
        return scores
