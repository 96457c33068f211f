"""From scores to lists: the rankers of a recipe, one after the other, around the exact top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genre.ranking.base import Ranker, RankingContext
from genre.values import Rankings
from genre.values.top import top


def rank(scores: NDArray[np.float32], rankers: Sequence[Ranker], k: int, context: RankingContext) -> Rankings:
    """Lists of depth k from scores B x N, which may be changed in place.

    Raises:
        GenreError: a score is NaN, or a ranker asks for a column or vectors that are not there.
    """
    for ranker in rankers:
        scores = ranker.adjust(scores, context)
    return reranked(top(scores, depth_of(rankers, k)), rankers, k, context)


def needs_all_scores(rankers: Sequence[Ranker]) -> bool:
    """Whether a step changes scores, beyond hiding what was seen; else the best of them are enough."""
    return any(type(one).adjust is not Ranker.adjust and not one.hides_seen for one in rankers)


def depth_of(rankers: Sequence[Ranker], k: int) -> int:
    """How many of the best items the steps want to see for lists of k."""
    return max([k, *(ranker.depth(k) for ranker in rankers)])


def reranked(rankings: Rankings, rankers: Sequence[Ranker], k: int, context: RankingContext) -> Rankings:
    """Lists of depth k from the best items by score, `depth_of` many where there are."""
    for ranker in rankers:
        rankings = ranker.rerank(rankings, k, context)
    return _of_depth(rankings, k)


def _of_depth(rankings: Rankings, k: int) -> Rankings:
    missing = k - rankings.depth
    if missing <= 0:
        return rankings.head(k)
    return Rankings(
        np.pad(rankings.item_rows, ((0, 0), (0, missing)), constant_values=-1),
        np.pad(rankings.scores, ((0, 0), (0, missing)), constant_values=-np.inf),
    )
