"""The contract of rankers."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genre.core.component import Component, ComponentConfig
from genre.core.errors import Fault
from genre.values import Catalog, Embeddings, Histories, Rankings


class RankerConfig(ComponentConfig):
    """Base of ranker configs."""


@dataclass(frozen=True, eq=False)
class RankingContext:
    """What rankers may look at.

    Attributes:
        seen: what each of the B users touched already (B histories).
        catalog: for filters on columns.
        vectors: item vectors (N rows) for diversity, or None.
    """

    seen: Histories
    catalog: Catalog
    vectors: Embeddings | None = None


class Ranker(Component, ABC):
    """One step between scores and lists; a subclass overrides `adjust`, `rerank` or both.

    All `adjust` run in the recipe's order, then the exact top of the scores is taken, as deep as the deepest ranker
    asks, then all `rerank` run in order, then the list is cut.
    """

    config: RankerConfig
    hides_seen: ClassVar[bool] = False
    """Whether it takes out what the user touched already; judging follows the recipe in this."""

    def obstacles(self, catalog: Catalog) -> tuple[Fault, ...]:
        """What would keep this step from working on these items, asked before anything is trained."""
        return ()

    def adjust(self, scores: NDArray[np.float32], context: RankingContext) -> NDArray[np.float32]:
        """Scores B x N, changed in place or anew; -inf takes an item out."""
        return scores

    def depth(self, k: int) -> int:
        """How many of the best items `rerank` wants to see when k are asked for."""
        return k

    def rerank(self, rankings: Rankings, k: int, context: RankingContext) -> Rankings:
        """Lists in a new order, at least the first k (or all) of them."""
        return rankings
