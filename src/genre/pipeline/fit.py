"""Fit a model for use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from genre.config.loading import load_recipe
from genre.config.recipe import Recipe
from genre.pipeline.assemble import Prepared, fit_recommender, prepare
from genre.pipeline.model import Model
from genre.values import Histories


def fit(
    recipe: Recipe | Mapping[str, Any] | str | PathLike[str],
    overrides: Sequence[str] = (),
    checkpoints: str | PathLike[str] | None = None,
) -> Model:
    """Fit the recipe's recommender on everything but the splitter's validation part, which steers it.

    The model's histories hold all interactions, the validation part too.

    Args:
        recipe: a recipe, a mapping, or the path of a YAML file.
        overrides: `path=value` texts.
        checkpoints: a folder where an interrupted training leaves what it needs to go on; None keeps nothing.

    Raises:
        RecipeError, DataError: the recipe or its tables do not hold.
    """
    return fit_prepared(prepare(load_recipe(recipe, overrides)), None if checkpoints is None else Path(checkpoints))


def fit_prepared(prepared: Prepared, checkpoints: Path | None = None) -> Model:
    """As `fit`, for tables that are already read."""
    split = prepared.hold_out()
    task = prepared.task(split, checkpoints)
    fitted = fit_recommender(prepared.recipe.recommender, task)
    catalog, everything = prepared.dataset.catalog, prepared.dataset.interactions.histories()
    known = Histories(
        everything.item_rows,
        everything.offsets,
        everything.n_items,
        everything.weights,
        np.arange(catalog.n_users, dtype=np.int32),
    )
    return Model(
        recipe=prepared.recipe,
        catalog=catalog,
        histories=known,
        features=task.features,
        recommender=fitted.recommender,
        fingerprint=prepared.dataset.fingerprint,
    )
