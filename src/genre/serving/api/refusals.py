"""From what pydantic says of a body, query or path to faults that name the field as the sender wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from genre.core.errors import Fault, near
from genre.serving.api.problems import Problem

PLAIN = {
    "missing": ("is missing.", "Give it."),
    "list_type": ("should be a list.", ""),
    "tuple_type": ("should be a list.", ""),
    "dict_type": ("should be an object.", ""),
    "model_type": ("should be an object.", ""),
    "model_attributes_type": ("should be an object.", ""),
    "string_pattern_mismatch": ("holds letters that are not taken.", ""),
    "too_short": ("holds fewer than {min_length}.", "Give more."),
    "too_long": ("holds more than {max_length}.", "Give fewer."),
}


def refusal(errors: Sequence[Mapping[str, Any]], body: Any, model: Any) -> Problem:
    """The problem of a request that does not fit.

    Args:
        body: as it was read.
        model: type of the body.
    """
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(400, Fault("body", "is not JSON.", "Send one JSON document in UTF-8, without NaN."))
    faults = dict.fromkeys(_fault(error, body, model) for error in errors if not _follows(error))
    return Problem(422, faults)


def _follows(error: Mapping[str, Any]) -> bool:
    """Whether a list is only short of entries because some are at fault themselves."""
    given = error.get("input")
    return error["type"] == "too_short" and isinstance(given, list) and len(given) >= error["ctx"]["min_length"]


def _fault(error: Mapping[str, Any], body: Any, model: Any) -> Fault:
    (source, *place), kind = error["loc"], error["type"]
    steps = _steps(place, body, kind == "missing") if source == "body" and place else place
    where = ".".join(map(str, steps)) or str(source)
    if kind == "extra_forbidden":
        fields = _fields(model) if len(place) == 1 else []
        return Fault(where, "is not a field.", near(str(place[-1]), fields) if fields else "Leave it out.")
    if kind in PLAIN:
        what, mend = PLAIN[kind]
        return Fault(where, what.format(**error.get("ctx", {})), mend)
    said = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    return Fault(where, f"{said}.", "")


def _fields(model: Any) -> list[str]:
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _steps(place: Sequence[Any], body: Any, is_missing: bool) -> Iterator[Any]:
    """Of a path those parts that lead through the body; pydantic adds names of alternatives."""
    node = body
    for part in place:
        if _leads(node, part):
            node = node[part]
            yield part
    if is_missing:
        yield place[-1]


def _leads(node: Any, part: Any) -> bool:
    if isinstance(node, Mapping):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and part < len(node)
