"""Random shares of each user's interactions are validation and test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from genre.splitters._parts import (
    TEST,
    TRAIN,
    VALID,
    WithHistoryConfig,
    random_places,
    require_judged,
    shares,
    split_by,
)
from genre.splitters.base import Splitter
from genre.values import Dataset, Split


class HoldoutConfig(WithHistoryConfig):
    """How much is held out, and of whom."""

    valid: float = Field(0.1, ge=0, lt=1, description="Share of each user's interactions that steer.")
    test: float = Field(0.1, gt=0, lt=1, description="Share of each user's interactions that judge.")
    seed: int | None = Field(
        None,
        ge=0,
        lt=2**32,
        description="Draws the shares; None: the recipe's seed. Fix it to vary models on one split.",
    )
    min_interactions: int = Field(
        3, ge=3, description="Users with fewer interactions stay in training and are not judged."
    )

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.valid + self.test >= 1:
            raise ValueError("valid and test together leave nothing for training. Keep their sum below 1.")
        return self


class HoldoutSplitter(Splitter):
    """At least one interaction of each judged user is test, one validation (if its share is not 0), one training.

    Time plays no part, so training knows what came after the judged interactions: use `temporal` for honest forecasts.
    """

    config: HoldoutConfig
    EXAMPLES = ({}, {"valid": 0.2, "test": 0.3, "history": "train"})

    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        yield require_judged(self._split(dataset, seed, self.config.test))

    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        return self._split(dataset, seed, 0.0)

    def _split(self, dataset: Dataset, seed: int, test: float) -> Split:
        interactions = dataset.interactions
        counts = interactions.activity()
        is_judged = counts >= self.config.min_interactions
        n_test = np.where(is_judged, np.minimum(shares(counts, test), counts - 2), 0)
        n_valid = np.where(is_judged, np.minimum(shares(counts, self.config.valid), counts - 1 - n_test), 0)
        seed = seed if self.config.seed is None else self.config.seed
        places = random_places(interactions, np.random.default_rng(seed))
        to_test = n_test[interactions.user_rows]
        to_valid = to_test + n_valid[interactions.user_rows]
        marks = np.where(places < to_test, TEST, np.where(places < to_valid, VALID, TRAIN)).astype(np.int8)
        kind, has_valid_history = self.config.type_name(), self.config.has_valid_history
        return split_by(interactions, marks, kind, seed=seed, has_valid_history=has_valid_history)
