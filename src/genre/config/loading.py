"""Recipes from files or dictionaries, with overrides."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genre.config._paths import with_paths
from genre.config.documents import Kind, overridden, read_mapping
from genre.config.faults import faults_of
from genre.config.recipe import Recipe
from genre.core.errors import Fault, RecipeError

RECIPE = Kind(
    "recipe",
    missing="Write one with: genre init TABLES... -o recipe.yaml",
    shape="A recipe is a mapping that starts with 'data:'.",
    example="training.epochs=5",
)


def load_recipe(source: str | os.PathLike[str] | Mapping[str, Any] | Recipe, overrides: Sequence[str] = ()) -> Recipe:
    """A checked recipe.

    Args:
        source: a YAML file, a mapping, or a recipe.
        overrides: `path=value` texts, such as `training.epochs=5` or `features.0.encoder.dim=64`; values are YAML.
            Relative paths of tables count from the current folder; those of a recipe file also from its own, where
            the current one lacks them.

    Raises:
        RecipeError: with every fault of the document at once.
    """
    try:
        return Recipe.model_validate(read_document(source, overrides))
    except ValidationError as error:
        raise RecipeError(faults_of(error, Recipe)) from None


def read_document(
    source: str | os.PathLike[str] | Mapping[str, Any] | Recipe, overrides: Sequence[str] = ()
) -> dict[str, Any]:
    """The recipe as plain values with the overrides in it, not checked yet.

    Raises:
        RecipeError: the file cannot be read, is not YAML or holds no mapping; an override has no place; a table may
            be one of two files.
    """
    if isinstance(source, Recipe):
        document: Any = source.to_dict()
    elif isinstance(source, Mapping):
        document = _plain(source)
    elif isinstance(source, str | os.PathLike):
        document = with_paths(read_mapping(Path(source), RECIPE), Path(source).parent)
    else:
        kind = type(source).__name__
        raise RecipeError(Fault("recipe", f"is of type {kind}.", "Give a path, a mapping or a Recipe."))
    for override in overrides:
        document = overridden(document, override, RECIPE)
    return dict(document)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value
