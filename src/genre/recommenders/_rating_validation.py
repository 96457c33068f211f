"""How well ratings are predicted on the validation part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genre.core.seeds import some_of
from genre.core.slot import Slot
from genre.metrics.base import Metric
from genre.recommenders._validation import Scorer
from genre.recommenders.base import Task
from genre.values import Histories, Judgement, Rankings, RatedPairs

BLOCK = 256
"""Users rated at a time."""


@dataclass(frozen=True, eq=False)
class RatingValidation:
    """B validation users with their training histories, and what they rated next.

    Attributes:
        histories: B histories: the training part.
        asked: B histories of the validation part, with ratings.
    """

    histories: Histories
    asked: Histories
    metric: Metric

    def measure(self, rate: Scorer) -> float:
        """The metric of what `rate` (histories -> B x N) predicts."""
        predicted, given = [], []
        for start in range(0, len(self.asked), BLOCK):
            asked, rated = (part.block(start, start + BLOCK) for part in (self.asked, self.histories))
            assert asked.ratings is not None
            owners = np.repeat(np.arange(len(asked)), asked.lengths)
            predicted.append(rate(rated)[owners, asked.item_rows])
            given.append(asked.ratings)
        pairs = RatedPairs(np.concatenate(predicted), np.concatenate(given))
        return float(self.metric.measure(_without_lists(pairs, self.asked), 1)[0])


def rating_validation(task: Task, metric: str, n_users: int | None) -> RatingValidation | None:
    """As `validation`, for metrics of predicted ratings; None where nobody rates anything in the validation part."""
    split = task.split
    if split.valid.ratings is None:
        return None
    rated = split.valid.take(np.isfinite(split.valid.ratings))
    users = np.unique(rated.user_rows)
    if not len(users):
        return None
    if n_users is not None:
        users = some_of(users, n_users, task.seed, "validation users")
    histories, asked = split.valid_histories().take(users), rated.histories().take(users)
    return RatingValidation(histories, asked, Slot("metrics").build(metric.partition("@")[0]))


def _without_lists(pairs: RatedPairs, asked: Histories) -> Judgement:
    nothing = np.empty((len(asked), 0))
    rankings = Rankings(nothing.astype(np.int32), nothing.astype(np.float32))
    items = np.ones(asked.n_items, dtype=np.bool_)
    return Judgement(
        rankings, nothing.astype(np.bool_), asked.lengths, items.astype(np.int64), len(asked), items, ratings=pairs
    )
