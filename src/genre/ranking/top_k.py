"""Cuts lists to a fixed length."""

from __future__ import annotations

from pydantic import Field

from genre.ranking.base import Ranker, RankerConfig, RankingContext
from genre.values import Rankings


class TopKConfig(RankerConfig):
    """How long lists may be."""

    k: int = Field(10, ge=1, description="Items in a list at most.")


class TopKRanker(Ranker):
    """Never more than k items; the rankers after it see no others."""

    config: TopKConfig
    EXAMPLES = ({"k": 3},)

    def rerank(self, rankings: Rankings, k: int, context: RankingContext) -> Rankings:
        return rankings.head(self.config.k)
