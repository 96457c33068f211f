"""Items liked by the same people as those in the history."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._neighbours import Weighting, from_arrays, nearest, to_arrays, weighted
from genre.recommenders.base import Task


class ItemKnnConfig(BagConfig):
    """How alike items are."""

    neighbours: int = Field(100, ge=1, description="Most similar items kept for each item.")
    weighting: Weighting = Field("tf_idf", description="How much a user says: all alike, tf_idf or bm25.")
    shrinkage: float = Field(10.0, ge=0, description="Added below the similarity: distrusts pairs with few users.")


class ItemKnnRecommender(BagRecommender):
    """scores = history @ S, S the cosine of item columns, each item kept as neighbour by its nearest only.

    Reference: Deshpande and Karypis, Item-based top-N recommendation algorithms, ACM TOIS 22(1), 2004.
    """

    config: ItemKnnConfig
    EXAMPLES = ({}, {"neighbours": 3, "weighting": "none"}, {"weighting": "bm25", "recency": "none"})

    def _learn(self, task: Task) -> None:
        by_item = weighted(task.split.train.matrix().T.tocsr(), self.config.weighting)
        near = nearest(by_item, self.config.neighbours, self.config.shrinkage)
        self._similarity = near.T.tocsr()

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = (bag @ self._similarity).toarray()
        return scores

    def _learned(self) -> State:
        return State(arrays=to_arrays(self._similarity))

    def _relearn(self, state: State) -> None:
        self._similarity = from_arrays(state.arrays)
