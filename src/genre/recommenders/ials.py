"""Matrix factorisation of implicit feedback by alternating least squares; new users are solved for in closed form."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.core.artifacts import State
from genre.core.seeds import derive
from genre.recommenders._factors import FactorConfig, FactorRecommender
from genre.recommenders.base import Task
from genre.values import Embeddings, Histories


class IalsConfig(FactorConfig):
    """The size of the factors and what holds them back."""


class IalsRecommender(FactorRecommender):
    """scores = x @ Y', x the user vector that fits the history best when the item factors Y are given.

    Reference: Hu, Koren and Volinsky, Collaborative filtering for implicit feedback datasets, ICDM 2008.
    """

    config: IalsConfig
    EXAMPLES = ({"dim": 8, "l2": 2.0}, {"dim": 4, "alpha": 10.0, "l2": 1.0, "recency": "none", "iterations": 3})

    def _learn(self, task: Task) -> None:
        factors = self._least_squares.fit(task.split.train.matrix(), derive(task.seed, "ials"))
        factors[~self._scored_items()] = 0.0
        self._items = self._least_squares.given(factors)

    def _item_vectors(self) -> Embeddings:
        return Embeddings(self._items.factors, self._scored_items())

    def _item_factors(self) -> NDArray[np.float32]:
        return self._items.factors

    def _user_factors(self, histories: Histories) -> NDArray[np.float32]:
        return self._items.users(self.recency.bag(histories))

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        return self._items.users(bag) @ self._items.factors.T

    def _learned(self) -> State:
        return State(arrays={"factors": self._items.factors}, vectors=("factors",))

    def _relearn(self, state: State) -> None:
        self._items = self._least_squares.given(state.arrays["factors"])
