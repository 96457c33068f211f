"""What most people touched, all time or lately."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import Fault
from genre.recommenders.base import Recommender, RecommenderConfig, Task
from genre.values import Histories, Split

DAY_MS = 86_400_000.0


class PopularityConfig(RecommenderConfig):
    """How popularity is counted."""

    half_life_days: float | None = Field(
        None,
        gt=0,
        description="An interaction this many days before the newest counts half; None: all count alike.",
    )


class PopularityRecommender(Recommender):
    """The same list for everybody: training interactions per item, newer ones weighing more if wanted."""

    config: PopularityConfig
    EXAMPLES = ({}, {"half_life_days": 30})

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        if self.config.half_life_days is None or split.train.timestamps is not None:
            return ()
        what = "needs timestamps, which the interactions lack."
        mend = "Name the time column in the source, or leave half_life_days out."
        return (Fault("recommender.half_life_days", what, mend),)

    def _fit(self, task: Task) -> None:
        train = task.split.train
        weights = None
        if self.config.half_life_days is not None and train.timestamps is not None:
            age_days = (train.timestamps.max(initial=0) - train.timestamps) / DAY_MS
            weights = 0.5 ** (age_days / self.config.half_life_days)
        counts = np.bincount(train.item_rows, weights=weights, minlength=train.n_items)
        self._counts = counts.astype(np.float32)

    def _score(self, histories: Histories) -> NDArray[np.float32]:
        return np.tile(self._counts, (len(histories), 1))

    def _state(self) -> State:
        return State(arrays={"counts": self._counts})

    def _restore(self, state: State) -> None:
        self._counts = state.arrays["counts"]
