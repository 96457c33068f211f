"""Trades a little relevance for lists whose items differ (maximal marginal relevance)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.core.errors import Fault, RecipeError
from genre.ranking.base import Ranker, RankerConfig, RankingContext
from genre.values import Rankings

FLOATS_AT_ONCE = 1 << 24
"""Vector entries gathered in one go: 64 MiB."""

EMPTY = np.float32(-1e9)
"""Gain of an empty place: below every item that may still be picked, above those that were."""


class MmrConfig(RankerConfig):
    """How much lists are diversified."""

    diversity: float = Field(0.1, ge=0, le=1, description="0: by relevance alone; 1: by difference alone.")
    candidates: int = Field(100, ge=1, description="How many of the best items the list is chosen from.")


class MmrRanker(Ranker):
    """Picks, one after the other, the item with the best (1 - diversity) relevance - diversity likeness.

    Relevance is the score scaled to 0..1 among the user's candidates, likeness the largest cosine to an item that was
    picked before; items without content are like nothing. Listed scores stay those of the recommender.
    Reference: Carbonell and Goldstein, The use of MMR, diversity-based reranking, SIGIR 1998.
    """

    config: MmrConfig
    EXAMPLES = ({}, {"diversity": 0.7, "candidates": 20})

    def depth(self, k: int) -> int:
        return max(k, self.config.candidates)

    def rerank(self, rankings: Rankings, k: int, context: RankingContext) -> Rankings:
        if context.vectors is None:
            raise RecipeError(
                Fault("ranking", "'mmr' needs item vectors, and there are none.", "Add features, or leave 'mmr' out.")
            )
        picks = min(k, rankings.depth)
        step = max(FLOATS_AT_ONCE // (rankings.depth * context.vectors.dim), 1)
        vectors = context.vectors.vectors
        places = [
            self._pick(rankings.item_rows[start : start + step], rankings.scores[start : start + step], vectors, picks)
            for start in range(0, len(rankings), step)
        ]
        order = np.concatenate(places) if places else np.empty((0, picks), dtype=np.int64)
        return Rankings(
            np.take_along_axis(rankings.item_rows, order, axis=1), np.take_along_axis(rankings.scores, order, axis=1)
        )

    def _pick(
        self, items: NDArray[np.int32], scores: NDArray[np.float32], vectors: NDArray[np.float32], k: int
    ) -> NDArray[np.int64]:
        """Which of the C candidates come first to k-th: int64 [B, k]."""
        users = np.arange(len(items))
        units = vectors[items]
        units /= np.maximum(np.linalg.norm(units, axis=2, keepdims=True), 1e-12)
        listed = items >= 0
        relevance = np.where(listed, _scaled(scores, listed) * (1.0 - self.config.diversity), EMPTY)
        likeness = np.zeros_like(relevance)
        picked = np.empty((len(items), k), dtype=np.int64)
        for place in range(k):
            gain = relevance - self.config.diversity * likeness
            choice = gain.argmax(axis=1)
            picked[:, place] = choice
            relevance[users, choice] = -np.inf
            cosine = (units @ units[users, choice][:, :, None])[:, :, 0]
            likeness = cosine if place == 0 else np.maximum(likeness, cosine)
        return picked


def _scaled(scores: NDArray[np.float32], listed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Scores on 0..1 per row; what stands in the empty places means nothing."""
    low = np.where(listed, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    high = np.where(listed, scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    spread = np.where(high > low, high - low, 1.0)
    return np.where(listed, (scores - low) / spread, 0.0).astype(np.float32)
