"""Recipes from files or dictionaries, with overrides."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from genre.config._paths import with_paths
from genre.config.faults import faults_of
from genre.config.recipe import Recipe
from genre.core.errors import Fault, RecipeError


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
        document = with_paths(_read(Path(source)), Path(source).parent)
    else:
        kind = type(source).__name__
        raise RecipeError(Fault("recipe", f"is of type {kind}.", "Give a path, a mapping or a Recipe."))
    for override in overrides:
        document = _override(document, override)
    return dict(document)


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice and reads 1e-3 as a number."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for place, (key, (key_node, _)) in enumerate(zip(keys, node.value, strict=True)):
        if key in keys[:place]:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{key}' is given twice", key_node.start_mark)
    return loader.construct_mapping(node, deep=True)


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("!number", _number)
_Loader.add_implicit_resolver("!number", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789"))


def parse_yaml(text: str) -> Any:
    """YAML without tags that build objects; a key given twice is an error."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecipeError(
            Fault(str(path), "there is no such file.", "Write one with: genre init TABLES... -o recipe.yaml")
        ) from None
    except IsADirectoryError:
        raise RecipeError(Fault(str(path), "is a folder.", "Name the recipe's YAML file.")) from None
    except UnicodeDecodeError as error:
        raise RecipeError(
            Fault(f"{path}, byte {error.start}", "is not UTF-8 text.", "Save the recipe as UTF-8.")
        ) from None
    try:
        document = parse_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        mend = "Check the indentation and quotes there."
        if "given twice" in problem:
            mend = "Keep one of the two."
        elif "could not determine a constructor" in problem:
            mend = "Recipes hold plain values: take the tag (the word after '!') out."
        raise RecipeError(Fault(place, f"is not valid YAML: {problem}.", mend)) from None
    if not isinstance(document, dict):
        raise RecipeError(Fault(str(path), "holds no recipe.", "A recipe is a mapping that starts with 'data:'."))
    return document


def _override(document: Any, text: str) -> Any:
    path, separator, value = text.partition("=")
    if not separator or not path:
        raise RecipeError(
            Fault(f"--set {text}", "is not an override.", "Write it as path=value, for example training.epochs=5.")
        )
    try:
        parsed = parse_yaml(value)
    except yaml.YAMLError:
        raise RecipeError(Fault(f"--set {text}", "the value is not valid YAML.", "Quote it.")) from None
    return _replaced(document, path.split("."), parsed, path)


def _replaced(node: Any, names: list[str], value: Any, path: str) -> Any:
    if not names:
        return value
    name, rest = names[0], names[1:]
    if isinstance(node, list):
        if not name.isdigit() or int(name) >= len(node):
            raise RecipeError(
                Fault(f"--set {path}", f"'{name}' is not a place in a list of {len(node)}.", "Places count from 0.")
            )
        return [_replaced(item, rest, value, path) if place == int(name) else item for place, item in enumerate(node)]
    if isinstance(node, str) and rest == []:
        node = {"type": node}
    if node is None:
        node = {}
    if not isinstance(node, dict):
        raise RecipeError(
            Fault(f"--set {path}", f"there is nothing below '{name}' to set.", "Look at the recipe's structure.")
        )
    return {**node, name: _replaced(node.get(name), rest, value, path)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value
