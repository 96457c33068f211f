"""Every fault of a recipe with its YAML path, what is wrong and the mend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from genre.core.errors import Fault, near
from genre.core.slot import ComponentError


def faults_of(error: ValidationError, model: type[BaseModel]) -> tuple[Fault, ...]:
    """All faults in `error`, also those inside components, in the order of the document."""
    return tuple(_walk(error, model, ()))


def _walk(error: ValidationError, model: type[BaseModel], path: tuple[Any, ...]) -> Iterator[Fault]:
    for detail in error.errors():
        place = (*path, *detail["loc"])
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, ComponentError) and cause.inner is not None and cause.config is not None:
            yield from _walk(cause.inner, cause.config, place)
        elif isinstance(cause, ValueError):
            what, mend = _parted(_sentence(str(cause)))
            yield Fault(_dotted(place), what, mend)
        else:
            yield _fault(dict(detail), place, _model_at(model, detail["loc"]))


def _fault(detail: dict[str, Any], place: tuple[Any, ...], model: type[BaseModel] | None) -> Fault:
    where, kind = _dotted(place), detail["type"]
    if kind == "extra_forbidden":
        fields = list(model.model_fields) if model is not None else []
        owner = f" of '{_owner(model)}'" if model is not None else ""
        return Fault(where, f"not a field{owner}.", near(str(place[-1]), fields))
    if kind == "missing":
        return Fault(where, "is missing.", f"Add '{place[-1]}: ...'.")
    shown = repr(detail.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    what = _PLAIN.get(kind, detail["msg"].removeprefix("Input ")).format(**detail.get("ctx", {}))
    return Fault(where, _sentence(what), f"Got {shown}.")


_PLAIN = {
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "too_short": "should hold at least {min_length}",
    "too_long": "should hold at most {max_length}",
    "path_type": "should be a path, written as text",
    "model_type": "should be a section with fields of its own",
    "model_attributes_type": "should be a section with fields of its own",
    "dict_type": "should be a mapping of names to values",
}
"""What pydantic's kinds of faults mean to somebody who writes YAML."""


def _owner(model: type[BaseModel]) -> str:
    from genre.core.component import ComponentConfig

    if issubclass(model, ComponentConfig):
        return model.type_name()
    words = re.findall(r"[A-Z][a-z]+", model.__name__.removesuffix("Section").removesuffix("Config"))
    return " ".join(words).lower()


def _model_at(model: type[BaseModel], location: tuple[Any, ...]) -> type[BaseModel] | None:
    """The model that holds the last name of `location`."""
    current: type[BaseModel] | None = model
    for name in location[:-1]:
        if isinstance(name, int) or current is None:
            continue
        field = current.model_fields.get(name)
        current = _inner_model(field.annotation) if field is not None else None
    return current


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None


def _dotted(place: tuple[Any, ...]) -> str:
    return ".".join(str(name) for name in place)


def _parted(text: str) -> tuple[str, str]:
    """What is wrong (the first sentence) and the mend (the rest).

    >>> _parted("'pop' is not one of the recommenders. Did you mean 'popularity'?")
    ("'pop' is not one of the recommenders.", "Did you mean 'popularity'?")
    """
    first = re.match(r"(.+?[.!?]) (?=[A-Z{])(.+)$", text, flags=re.DOTALL)
    return (first[1], first[2]) if first else (text, "")


def _sentence(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text if text.endswith((".", "?", "!")) else text + "."
