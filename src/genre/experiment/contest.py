"""Several fitted models in the same exam."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from genre.config.recipe import METRICS, Recipe, parse_metric
from genre.core.progress import Cost
from genre.experiment._ratings import rated_pairs
from genre.experiment.exam import Exam
from genre.experiment.intervals import Resampling
from genre.experiment.judge import judge
from genre.metrics.base import Metric
from genre.ranking.base import Ranker
from genre.recommenders.base import Recommender
from genre.values import Insight, Judgement


@dataclass(frozen=True, eq=False)
class NamedModel:
    """A fitted recommender, what it is called in the report, and what fitting it cost.

    Attributes:
        rankers: what makes lists of its scores.
    """

    name: str
    recommender: Recommender
    cost: Cost = field(default_factory=Cost)
    rankers: tuple[Ranker, ...] = ()


@dataclass(frozen=True, eq=False)
class Measure:
    """A metric at a cut-off; its name is `metric@k`."""

    name: str
    metric: Metric
    k: int

    @staticmethod
    def of(name: str) -> Measure:
        """From `ndcg@10`.

        Raises:
            ValueError: not of this form, or no such metric.
        """
        word, k = parse_metric(name)
        return Measure(name, METRICS.build(word), k)


@dataclass(frozen=True, eq=False)
class Rules:
    """How models are judged."""

    measures: tuple[Measure, ...]
    resampling: Resampling = field(default_factory=Resampling)

    @staticmethod
    def of(recipe: Recipe) -> Rules:
        """Those of a recipe."""
        section = recipe.evaluation
        return Rules(
            tuple(Measure.of(name) for name in section.metrics),
            Resampling(section.bootstrap, section.confidence, recipe.seed),
        )

    @property
    def depth(self) -> int:
        """Length of the judged lists."""
        return max(measure.k for measure in self.measures)

    @property
    def per_user(self) -> tuple[Measure, ...]:
        """Measures with a value for each user."""
        return tuple(measure for measure in self.measures if measure.metric.is_per_user)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one model did in one exam.

    Attributes:
        values: float64 [B, C], a column for each of `Rules.per_user`; NaN where a metric is not defined.
        totals: of the other measures, by name.
        cost: of making the lists.
        fit_cost: of fitting.
        insight: what the model found out while it learned.
    """

    name: str
    judgement: Judgement
    values: NDArray[np.float64]
    totals: dict[str, float]
    cost: Cost
    fit_cost: Cost
    insight: Insight = field(default_factory=Insight)


@dataclass(frozen=True, eq=False)
class Round:
    """One exam and what the models did in it."""

    exam: Exam
    outcomes: tuple[Outcome, ...]


def hold_contest(models: Iterable[NamedModel], exam: Exam, rules: Rules) -> Round:
    """Judge the models one after the other; they may be made while being asked for, so that one is held at a time."""
    outcomes = tuple(_outcome(model, exam, rules) for model in models)
    if len({outcome.name for outcome in outcomes}) < len(outcomes):
        raise ValueError("each model of a contest has its own name")
    return Round(exam, outcomes)


def _outcome(model: NamedModel, exam: Exam, rules: Rules) -> Outcome:
    with_auc = any(measure.metric.needs_auc for measure in rules.measures)
    judged = judge(model.recommender, exam, model.rankers, rules.depth, with_auc)
    judgement = judged.judgement
    if any(measure.metric.needs_ratings for measure in rules.measures):
        judgement = replace(judgement, ratings=rated_pairs(model.recommender, exam))
    values, totals = measured_values(judgement, rules.measures)
    insight = model.recommender.insight()
    return Outcome(model.name, judgement, values, totals, judged.cost, model.cost, insight)


def measured_values(judgement: Judgement, measures: Sequence[Measure]) -> tuple[NDArray[np.float64], dict[str, float]]:
    """Values of the per-user measures (B x C), and the other measures by name."""
    columns = [m.metric.measure(judgement, m.k) for m in measures if m.metric.is_per_user]
    values = np.stack(columns, axis=1) if columns else np.empty((len(judgement.rankings), 0))
    totals = {m.name: float(m.metric.measure(judgement, m.k)[0]) for m in measures if not m.metric.is_per_user}
    return values, totals
