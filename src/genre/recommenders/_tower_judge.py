"""What steers a tower's training: lists, or predicted ratings, of validation users."""

from __future__ import annotations

from dataclasses import dataclass

from genre.core.slot import Slot
from genre.recommenders._rating_validation import RatingValidation, rating_validation
from genre.recommenders._tower_scorer import TowerScorer
from genre.recommenders._validation import Validation, validation
from genre.recommenders.base import Task


@dataclass(frozen=True, eq=False)
class TowerJudge:
    """A metric, as the recipe names it, and on whom it is measured."""

    name: str
    judged: Validation | RatingValidation

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric counts errors."""
        return self.judged.metric.lower_is_better

    def __call__(self, scorer: TowerScorer) -> float:
        if isinstance(self.judged, RatingValidation):
            return self.judged.measure(scorer.rate)
        return self.judged.measure(scorer)


def tower_judge(task: Task, predicts_ratings: bool) -> TowerJudge | None:
    """None where nothing stops early, or there are no validation users.

    Raises:
        RecipeError: the metric cannot steer.
    """
    stopping = task.training.early_stopping
    if stopping is None:
        return None
    name = stopping.metric or ("rmse" if predicts_ratings else "ndcg@10")
    judged: Validation | RatingValidation | None
    if predicts_ratings and Slot("metrics").build(name.partition("@")[0]).needs_ratings:
        judged = rating_validation(task, name, stopping.n_users)
    else:
        judged = validation(task, name, stopping.n_users)
    return None if judged is None else TowerJudge(name, judged)
