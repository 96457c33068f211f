"""What people with a similar history touched."""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._neighbours import from_arrays, largest, norms, rarity, to_arrays
from genre.recommenders.base import Task


class UserKnnConfig(BagConfig):
    """Who counts as similar."""

    neighbours: int = Field(50, ge=1, description="Most similar training users that speak for a history.")
    weighting: Literal["none", "tf_idf"] = Field(
        "tf_idf", description="tf_idf: common items say less; none: all alike."
    )
    shrinkage: float = Field(10.0, ge=0, description="Added below the similarity: distrusts users with few items.")


class UserKnnRecommender(BagRecommender):
    """scores = similarities to the nearest training users @ what they touched; the similarity is the cosine.

    A fitted model holds the training histories, without user ids.
    Reference: Herlocker et al., An algorithmic framework for performing collaborative filtering, SIGIR 1999.
    """

    config: UserKnnConfig
    EXAMPLES = ({}, {"neighbours": 3, "weighting": "none", "shrinkage": 0.0})

    def _learn(self, task: Task) -> None:
        touched = task.split.train.matrix()
        self._set_users(touched[np.diff(touched.indptr) > 0])

    def _set_users(self, touched: sp.csr_array) -> None:
        """`touched`: float32 U x N, users of at least one item."""
        self._touched = touched
        plain = self.config.weighting == "none"
        self._says = np.ones(touched.shape[1]) if plain else rarity(touched)
        users = self._rated(touched)
        self._norms, self._by_item = norms(users), users.T.tocsr()

    def _rated(self, matrix: sp.csr_array) -> sp.csr_array:
        return sp.csr_array((matrix.data * self._says[matrix.indices], matrix.indices, matrix.indptr), matrix.shape)

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        asked = self._rated(bag)
        similar = (asked @ self._by_item).tocsr()
        owners = np.repeat(np.arange(bag.shape[0]), np.diff(similar.indptr))
        products = norms(asked)[owners] * self._norms[similar.indices]
        similar.data = similar.data / np.maximum(products + self.config.shrinkage, 1e-12)
        scores = largest(similar, self.config.neighbours) @ self._touched
        return scores.toarray().astype(np.float32)

    def _learned(self) -> State:
        return State(arrays=to_arrays(self._touched))

    def _relearn(self, state: State) -> None:
        self._set_users(from_arrays(state.arrays))
