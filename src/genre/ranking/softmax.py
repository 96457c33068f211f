"""Makes probabilities of scores; a temperature says how sharp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.ranking.base import Ranker, RankerConfig, RankingContext


class SoftmaxConfig(RankerConfig):
    """How sharp the probabilities are."""

    temperature: float = Field(1.0, gt=0, description="Scores are divided by it; below 1 the best items gain.")


class SoftmaxRanker(Ranker):
    """exp(score / temperature) / its sum over all items that are still in, so that their probabilities sum to one.

    Items taken out before (-inf) have no share and stay out. Reference: arXiv 1503.02531, section 2.
    """

    config: SoftmaxConfig
    EXAMPLES = ({}, {"temperature": 0.2})

    def adjust(self, scores: NDArray[np.float32], context: RankingContext) -> NDArray[np.float32]:
        out = scores == -np.inf
        best = scores.max(axis=1, keepdims=True, initial=-np.inf)
        scores -= np.where(np.isfinite(best), best, np.float32(0.0))
        scores /= np.float32(self.config.temperature)
        np.exp(scores, out=scores)
        total = scores.sum(axis=1, keepdims=True, dtype=np.float64)
        scores /= np.where(total > 0, total, 1.0).astype(np.float32)
        scores[out] = -np.inf
        return scores
