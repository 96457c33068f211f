"""From what models did in each fold to one report."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from genre.core.progress import Cost
from genre.experiment.buckets import groupings
from genre.experiment.compare import Comparison, compare
from genre.experiment.contest import NamedModel, Outcome, Round, Rules, hold_contest
from genre.experiment.exam import Exam
from genre.experiment.examples import examples
from genre.experiment.exposure import Exposure
from genre.experiment.intervals import Estimate, estimates
from genre.experiment.report import Background, Bucket, ModelResult, Report, Scale

N_EXAMPLES = 4
PACKAGES = ("genre", "numpy", "polars", "torch", "transformers", "implicit")


def judge_models(models: Iterable[NamedModel], exam: Exam, rules: Rules, background: Background) -> Report:
    """The report on several fitted models in one exam."""
    return summarize([hold_contest(models, exam, rules)], rules, background)


def summarize(rounds: Sequence[Round], rules: Rules, background: Background) -> Report:
    """One report on all folds: every judged user of every fold counts the same in the means.

    The rounds hold the same models in the same order.
    """
    users = np.concatenate([played.exam.user_rows for played in rounds])
    by_model = [[played.outcomes[place] for played in rounds] for place in range(len(rounds[0].outcomes))]
    values = [np.concatenate([outcome.values for outcome in outcomes]) for outcomes in by_model]
    means = _means(values, users, rules)
    buckets = _buckets(rounds, values, users, rules)
    models = [
        _model(outcomes, _in_order(rules, means[place], _totals(outcomes)), buckets[place])
        for place, outcomes in enumerate(by_model)
    ]
    return Report(
        background=background,
        scale=_scale(rounds, users, rules),
        models=tuple(models),
        comparisons=tuple(_comparisons([model.name for model in models], values, users, rules)),
        examples=examples(rounds[0], N_EXAMPLES, rules.resampling.seed),
        rounds=tuple(rounds),
        confidence=rules.resampling.confidence,
    )


def versions() -> dict[str, str]:
    """Of Python and the packages on which results depend."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _means(values: Sequence[NDArray[np.float64]], users: NDArray[np.int64], rules: Rules) -> list[dict[str, Estimate]]:
    """Estimates of the per-user measures of each model; users are drawn once for all models."""
    names = [measure.name for measure in rules.per_user]
    found = iter(estimates(np.concatenate(values, axis=1), users, rules.resampling))
    return [{name: next(found) for name in names} for _ in values]


def _buckets(
    rounds: Sequence[Round], values: Sequence[NDArray[np.float64]], users: NDArray[np.int64], rules: Rules
) -> list[list[Bucket]]:
    """The buckets of each model, without the empty ones."""
    of_models: list[list[Bucket]] = [[] for _ in values]
    for divided in zip(*(groupings(played.exam) for played in rounds), strict=True):
        buckets = np.concatenate([grouping.buckets for grouping in divided])
        for place, name in enumerate(divided[0].names):
            rows = buckets == place
            if not rows.any():
                continue
            n_users = len(np.unique(users[rows]))
            found = _means([block[rows] for block in values], users[rows], rules)
            for model, metrics in zip(of_models, found, strict=True):
                model.append(Bucket(divided[0].name, name, n_users, metrics))
    return of_models


def _totals(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Measures of all lists together, averaged over folds; they have no interval over users."""
    found = {name: float(np.mean([outcome.totals[name] for outcome in outcomes])) for name in outcomes[0].totals}
    return {name: Estimate(None if np.isnan(value) else value) for name, value in found.items()}


def _in_order(rules: Rules, means: dict[str, Estimate], totals: dict[str, Estimate]) -> dict[str, Estimate]:
    found = {**means, **totals}
    return {measure.name: found[measure.name] for measure in rules.measures}


def _model(outcomes: Sequence[Outcome], metrics: dict[str, Estimate], buckets: Sequence[Bucket]) -> ModelResult:
    first = outcomes[0].judgement
    listed = first.exposure(first.rankings.depth)[first.candidates]
    return ModelResult(
        name=outcomes[0].name,
        metrics=metrics,
        buckets=tuple(buckets),
        fit=_sum(outcome.fit_cost for outcome in outcomes),
        recommend=_sum(outcome.cost for outcome in outcomes),
        insights=tuple(outcome.insight for outcome in outcomes),
        exposure=Exposure.of(listed, first.popularity[first.candidates]),
    )


def _sum(costs: Iterator[Cost]) -> Cost:
    parts = list(costs)
    return Cost(sum(part.seconds for part in parts), max(part.peak_mib for part in parts))


def _scale(rounds: Sequence[Round], users: NDArray[np.int64], rules: Rules) -> Scale:
    split = rounds[0].exam.split
    return Scale(
        split=split.kind,
        seed=rules.resampling.seed if split.seed is None else split.seed,
        n_folds=len(rounds),
        n_users=split.train.n_users,
        n_items=split.train.n_items,
        n_train=len(split.train),
        n_test_users=len(np.unique(users)),
        n_candidates=max(int(played.exam.candidates.sum()) for played in rounds),
        n_judged=sum(len(played.exam.relevant.item_rows) for played in rounds),
        n_repeats=sum(played.exam.n_repeats() for played in rounds),
    )


def _comparisons(
    names: Sequence[str], values: Sequence[NDArray[np.float64]], users: NDArray[np.int64], rules: Rules
) -> list[Comparison]:
    """By the first measure that is defined for the users of every model."""
    for place, measure in enumerate(rules.per_user):
        columns = {name: block[:, place] for name, block in zip(names, values, strict=True)}
        if all(np.isfinite(column).any() for column in columns.values()):
            return compare(columns, measure.name, users, rules.resampling)
    return []
