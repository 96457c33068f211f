"""Fit a model for use."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from genre.config.loading import load_recipe
from genre.config.recipe import Recipe
from genre.core.progress import step
from genre.pipeline.assemble import Prepared, fit_recommender, prepare
from genre.pipeline.model import Model
from genre.recommenders._validation import validation
from genre.recommenders.base import Recommender, Task
from genre.values import Split


def fit(
    recipe: Recipe | Mapping[str, Any] | str | PathLike[str],
    overrides: Sequence[str] = (),
    checkpoints: str | PathLike[str] | None = None,
    refit: bool = True,
) -> Model:
    """Fit the recipe's recommender for use, on all interactions.

    It is fitted twice: first without the splitter's validation part, which chooses epochs, recency and blend weights,
    then on everything with what was chosen.

    Args:
        recipe: a recipe, a mapping, or the path of a YAML file.
        overrides: `path=value` texts.
        refit: False leaves it at the first fit, which never saw the validation part.
        checkpoints: a folder where an interrupted training leaves what it needs to go on; None keeps nothing.

    Raises:
        RecipeError, DataError: the recipe or its tables do not hold.
    """
    folder = None if checkpoints is None else Path(checkpoints)
    return fit_prepared(prepare(load_recipe(recipe, overrides)), folder, refit)


def fit_prepared(prepared: Prepared, checkpoints: Path | None = None, refit: bool = True) -> Model:
    """As `fit`, for tables that are already read."""
    split = prepared.hold_out()
    task = _named(prepared.task(split, None if checkpoints is None else checkpoints / "first"), "first")
    recommender = fit_recommender(prepared.recipe.recommender, task).recommender
    metrics = _validation_metrics(recommender, task)
    if refit:
        task = prepared.task(_whole(split, prepared), None if checkpoints is None else checkpoints / "second")
        task = _named(task, "second")
        with step("Fitting on everything"):
            recommender.refit(task)
    fitted = Model(
        recipe=prepared.recipe,
        catalog=prepared.dataset.catalog,
        histories=prepared.dataset.interactions.histories(),
        features=task.features,
        recommender=recommender,
        metrics=metrics,
        fingerprint=prepared.dataset.fingerprint,
        profile_encoders=tuple(feature.encoder for feature in task.user_features),
        fitted_at=time.time(),
    )
    return fitted.indexed()


def _named(task: Task, part: str) -> Task:
    """The same under a name of its own."""
    return replace(task, name=f"{task.name}/{part}")


def _whole(split: Split, prepared: Prepared) -> Split:
    """All interactions as training part."""
    everything = prepared.dataset.interactions
    nothing = everything.take(np.empty(0, dtype=np.int64))
    return Split(everything, nothing, nothing, split.fold, split.kind, split.seed)


def _validation_metrics(recommender: Recommender, task: Task) -> dict[str, float]:
    """NDCG@10 on the validation part, which also steered the fit: a sign of health, not an honest estimate."""
    judge = validation(task)
    return {} if judge is None else {"validation ndcg@10": judge.measure(recommender.score)}
