"""Whole experiments: split, fit, judge, and keep what is needed to show the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from genre.config.loading import load_recipe
from genre.config.recipe import Recipe
from genre.core.component import ComponentConfig
from genre.core.errors import Fault, RecipeError
from genre.core.slot import dump
from genre.experiment.contest import NamedModel, Round, Rules, hold_contest
from genre.experiment.exam import Exam
from genre.experiment.report import Background, Report
from genre.experiment.summary import summarize, versions
from genre.pipeline.assemble import Fitted, Prepared, fit_recommender, prepare
from genre.pipeline.model import Model, item_vectors
from genre.recommenders.base import Task
from genre.values import Split

Source = Recipe | Mapping[str, Any] | str | PathLike[str]


@dataclass(frozen=True)
class Contender:
    """A recommender and the recipe whose features and training it gets."""

    name: str
    prepared: Prepared
    config: ComponentConfig


@dataclass(frozen=True, eq=False)
class Entry:
    """A contender as fitted on the last fold."""

    contender: Contender
    task: Task
    fitted: Fitted


@dataclass(frozen=True, eq=False)
class Experiment:
    """A report and the models behind it.

    Attributes:
        split: the last fold.
        entries: all contenders as fitted on it.
    """

    report: Report
    split: Split
    entries: tuple[Entry, ...]

    def model(self, name: str) -> Model:
        """A judged model, ready to answer; it knows the histories that it was judged on."""
        entry = next(entry for entry in self.entries if entry.contender.name == name)
        prepared, result = entry.contender.prepared, next(m for m in self.report.models if m.name == name)
        return Model(
            recipe=prepared.recipe.model_copy(update={"recommender": entry.contender.config}),
            catalog=prepared.dataset.catalog,
            histories=self.split.test_histories(),
            features=entry.task.features,
            recommender=entry.fitted.recommender,
            metrics={
                f"test {metric}": value.mean for metric, value in result.metrics.items() if value.mean is not None
            },
            fingerprint=prepared.dataset.fingerprint,
        )

    def write(self, report: Path | None = None, lists: Path | None = None, split: Path | None = None) -> None:
        """Write the HTML report, the lists (parquet) and the parts of the split, those that have a path."""
        if report is not None:
            self.report.to_html(report)
        if lists is not None:
            self.report.write_lists(lists)
        if split is not None:
            self.report.write_split(split)


def evaluate(recipe: Source, overrides: Sequence[str] = (), checkpoints: str | PathLike[str] | None = None) -> Report:
    """Split, fit the recipe's recommender and its baselines, and measure them.

    Raises:
        RecipeError, DataError: the recipe or its tables do not hold.
    """
    prepared = prepare(load_recipe(recipe, overrides))
    return run_experiment(prepared, None if checkpoints is None else Path(checkpoints)).report


def compare(recipes: Sequence[Source], overrides: Sequence[str] = ()) -> Report:
    """Judge the recommenders of several recipes, and the first one's baselines, on the first one's splits.

    Raises:
        RecipeError, DataError: a recipe or its tables do not hold, or the recipes do not share data and splitter.
    """
    return run_comparison([load_recipe(recipe, overrides) for recipe in recipes]).report


def run_experiment(prepared: Prepared, checkpoints: Path | None = None) -> Experiment:
    """As `evaluate`, for tables that are already read; keeps the models of the last fold."""
    recipe = prepared.recipe
    configs = [*recipe.evaluation.baselines, recipe.recommender]
    words = [config.type_name() for config in configs]
    contenders = [
        Contender(_name(word, words[:place]), prepared, config)
        for place, (word, config) in enumerate(zip(words, configs, strict=True))
        if config not in configs[:place]
    ]
    return _run(contenders, checkpoints)


def run_comparison(recipes: Sequence[Recipe], checkpoints: Path | None = None) -> Experiment:
    """As `compare`, keeping the models of the last fold.

    Raises:
        RecipeError, DataError: as `compare`.
    """
    first = prepare(recipes[0])
    faults = list(_differences(recipes))
    if faults:
        raise RecipeError(faults)
    contenders = [Contender(config.type_name(), first, config) for config in recipes[0].evaluation.baselines]
    for recipe in recipes:
        names = [contender.name for contender in contenders]
        prepared = first if recipe is recipes[0] else prepare(recipe, first.dataset)
        contenders.append(Contender(_name(recipe.name, names), prepared, recipe.recommender))
    compared = {one.name: one.prepared.recipe.to_dict() for one in contenders[-len(recipes) :]}
    return _run(contenders, checkpoints, compared)


def _run(
    contenders: Sequence[Contender], checkpoints: Path | None, compared: Mapping[str, Mapping[str, Any]] | None = None
) -> Experiment:
    main = contenders[0].prepared
    rules = Rules.of(main.recipe)
    rounds: list[Round] = []
    entries: list[Entry] = []
    split: Split | None = None
    for split in main.splits():
        entries = []
        models = _fitted(contenders, split, entries, checkpoints)
        first = next(models)
        vectors = item_vectors(entries[0].task.features, first.recommender)
        exam = Exam.of(split, main.dataset.catalog, vectors=vectors if entries[0].task.features else None)
        rounds.append(hold_contest(_chain(first, models), exam, rules))
    if split is None:
        raise RecipeError(Fault("data.splitter", "gives no split.", "Choose another splitter."))
    return Experiment(summarize(rounds, rules, _background(main, compared or {})), split, tuple(entries))


def _fitted(
    contenders: Sequence[Contender], split: Split, entries: list[Entry], checkpoints: Path | None
) -> Iterator[NamedModel]:
    """Fit one contender after the other; what is common to contenders of one recipe is encoded once."""
    tasks: dict[int, Task] = {}
    for contender in contenders:
        part = f"fold-{split.fold}/{contender.name}"
        folder = None if checkpoints is None else checkpoints / part
        key = id(contender.prepared)
        if key not in tasks:
            tasks[key] = contender.prepared.task(split)
        task = replace(tasks[key], checkpoints=folder, name=f"{contender.prepared.recipe.name}/{part}")
        fitted = fit_recommender(contender.config, task)
        entries.append(Entry(contender, task, fitted))
        yield NamedModel(contender.name, fitted.recommender, fitted.cost, contender.prepared.rankers)


def _chain(first: NamedModel, rest: Iterator[NamedModel]) -> Iterator[NamedModel]:
    yield first
    yield from rest


def _name(word: str, taken: Sequence[str]) -> str:
    count = taken.count(word)
    return word if count == 0 else f"{word}-{count + 1}"


def _differences(recipes: Sequence[Recipe]) -> Iterator[Fault]:
    first = recipes[0]
    for recipe in recipes[1:]:
        for part in ("source", "splitter"):
            if dump(getattr(recipe.data, part)) != dump(getattr(first.data, part)):
                where = f"data.{part} of '{recipe.name}'"
                yield Fault(
                    where, f"is not that of '{first.name}'.", "Recipes are compared on the same data and splits."
                )
        if recipe.evaluation.metrics != first.evaluation.metrics:
            where = f"evaluation.metrics of '{recipe.name}'"
            yield Fault(where, f"are not those of '{first.name}'.", "Recipes are compared by the same metrics.")
        if recipe.seed != first.seed:
            yield Fault(f"seed of '{recipe.name}'", f"is not that of '{first.name}'.", "Give both the same seed.")


def _background(prepared: Prepared, compared: Mapping[str, Mapping[str, Any]]) -> Background:
    dataset, recipe = prepared.dataset, prepared.recipe
    aside, below = dataset.quarantine, dataset.n_below_threshold
    return Background(recipe.name, recipe.to_dict(), compared, aside, below, versions())
