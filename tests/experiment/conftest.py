"""A recommender whose scores are known, and a split to judge it on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from genre.core.artifacts import State
from genre.recommenders.base import Recommender, RecommenderConfig, Task
from genre.testing.data import tiny_dataset, tiny_split
from genre.values import Embeddings, Histories, Insight, Split


class RandomConfig(RecommenderConfig):
    """Nothing to choose."""


class RandomRecommender(Recommender):
    """Scores drawn once per user, on a few levels so that there are ties."""

    config: RandomConfig
    seed = 0
    n_levels = 12
    found = Insight()
    scores_cold_items = True

    def _fit(self, task: Task) -> None:
        random = np.random.default_rng(self.seed)
        self.table = random.integers(0, self.n_levels, (task.catalog.n_users, task.catalog.n_items)).astype(np.float32)

    def _score(self, histories: Histories) -> Any:
        assert histories.user_rows is not None
        return self.table[histories.user_rows].copy()

    def insight(self) -> Insight:
        return self.found

    def _state(self) -> State:
        return State(arrays={"table": self.table})

    def _restore(self, state: State) -> None:
        self.table = state.arrays["table"]


@pytest.fixture
def split() -> Split:
    return tiny_split()


@pytest.fixture
def vectors() -> Embeddings:
    n = tiny_dataset().catalog.n_items
    return Embeddings(np.random.default_rng(1).normal(size=(n, 4)).astype(np.float32), np.ones(n, dtype=bool))


@pytest.fixture
def fitted(split: Split) -> Any:
    """fitted(seed) -> a fitted recommender."""

    def make(seed: int = 0, insight: Insight | None = None) -> RandomRecommender:
        recommender = RandomRecommender(RandomConfig())
        recommender.seed, recommender.found = seed, insight or Insight()
        recommender.fit(Task(split.without_test(), tiny_dataset().catalog))
        return recommender

    return make
