"""YAML documents that hold plain values, and values set in them from the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from genre.core.errors import Fault, RecipeError


@dataclass(frozen=True)
class Kind:
    """What messages say of a kind of document.

    Attributes:
        missing: what to do where there is none.
        shape: what it must look like.
        example: of an override.
    """

    name: str
    missing: str
    shape: str
    example: str


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


def read_mapping(path: Path, kind: Kind) -> dict[str, Any]:
    """What a YAML file holds.

    Raises:
        RecipeError: it cannot be read, is not YAML or holds no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecipeError(Fault(str(path), "there is no such file.", kind.missing)) from None
    except IsADirectoryError:
        raise RecipeError(Fault(str(path), "is a folder.", f"Name the {kind.name}'s YAML file.")) from None
    except UnicodeDecodeError as error:
        raise RecipeError(
            Fault(f"{path}, byte {error.start}", "is not UTF-8 text.", f"Save the {kind.name} as UTF-8.")
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
            mend = f"A {kind.name} holds plain values: take the tag (the word after '!') out."
        raise RecipeError(Fault(place, f"is not valid YAML: {problem}.", mend)) from None
    if not isinstance(document, dict):
        raise RecipeError(Fault(str(path), f"holds no {kind.name}.", kind.shape))
    return document


def overridden(document: Any, text: str, kind: Kind) -> Any:
    """A document with one value set by `path=value`.

    Raises:
        RecipeError: it is not written so, or has no place.
    """
    path, separator, value = text.partition("=")
    if not separator or not path:
        raise RecipeError(
            Fault(f"--set {text}", "is not an override.", f"Write it as path=value, for example {kind.example}.")
        )
    try:
        parsed = parse_yaml(value)
    except yaml.YAMLError:
        raise RecipeError(Fault(f"--set {text}", "the value is not valid YAML.", "Quote it.")) from None
    return _replaced(document, path.split("."), parsed, (path, kind))


def _replaced(node: Any, names: list[str], value: Any, asked: tuple[str, Kind]) -> Any:
    if not names:
        return value
    name, rest, (path, kind) = names[0], names[1:], asked
    if isinstance(node, list):
        if not name.isdigit() or int(name) >= len(node):
            raise RecipeError(
                Fault(f"--set {path}", f"'{name}' is not a place in a list of {len(node)}.", "Places count from 0.")
            )
        return [_replaced(item, rest, value, asked) if place == int(name) else item for place, item in enumerate(node)]
    if isinstance(node, str) and rest == []:
        node = {"type": node}
    if node is None:
        node = {}
    if not isinstance(node, dict):
        raise RecipeError(
            Fault(f"--set {path}", f"there is nothing below '{name}' to set.", f"Look at the {kind.name}'s structure.")
        )
    return {**node, name: _replaced(node.get(name), rest, value, asked)}
