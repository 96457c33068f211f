"""Recommenders that see a history as a weighted bag of items."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.recommenders._recency import RECENCY_DESCRIPTION, Recency, RecencyChoice, choose
from genre.recommenders.base import Recommender, RecommenderConfig, Task
from genre.values import Histories, Insight


class BagConfig(RecommenderConfig):
    """What these recommenders share."""

    recency: RecencyChoice = Field("auto", description=RECENCY_DESCRIPTION)


class BagRecommender(Recommender):
    """Fits on who touched what and scores the bag; time comes in by the weights of the bag only.

    Subclasses write `_learn`, `_score_bag`, `_learned` and `_relearn`.
    """

    config: BagConfig
    recency: Recency

    def _fit(self, task: Task) -> None:
        self._learn(task)
        self.recency = choose(self.config.recency, task, self._score_warm)

    def _refit(self, task: Task) -> None:
        self._learn(task)

    def _score(self, histories: Histories) -> NDArray[np.float32]:
        return self._score_bag(self.recency.bag(histories))

    def insight(self) -> Insight:
        return Insight({"recency": self.recency.in_words()})

    def _state(self) -> State:
        learned = self._learned()
        return replace(learned, meta={**learned.meta, "recency": self.recency.to_meta()})

    def _restore(self, state: State) -> None:
        self.recency = Recency(**state.meta["recency"])
        self._relearn(state)

    def _score_warm(self, bag: sp.csr_array) -> NDArray[np.float32]:
        scores = self._score_bag(bag)
        scores[:, ~self._scored_items()] = -np.inf
        return scores

    @abstractmethod
    def _learn(self, task: Task) -> None: ...

    @abstractmethod
    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        """Scores float32 B x N of a bag B x N; the array is the caller's to change."""

    @abstractmethod
    def _learned(self) -> State: ...

    @abstractmethod
    def _relearn(self, state: State) -> None: ...
