"""The OpenAPI document: every body and answer with an example, every refusal a problem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from genre.serving.api import examples
from genre.serving.api.door import Door
from genre.serving.api.problems import MEDIA_TYPE, title_of
from genre.serving.api.rules import RULES, Rule
from genre.serving.api.shapes import FaultShape, ListShape, ProblemShape

REF = "#/components/schemas/{model}"
JSON = "application/json"
SECURITY = {"key": {"type": "http", "scheme": "bearer", "description": "gk_ID_SECRET"}}
AWAY = {
    "genre-away": {
        "description": "What could not be asked, such as the store: the list is made from what was known before.",
        "schema": {"type": "string"},
    }
}
SOME = ("GET /v1/users", "DELETE /v1/keys", "POST /v1/models/{version}")
"""Routes to something that may not be there, beside those of items."""
DESCRIPTION = "Recommendations that follow events and show new items at once."


def responses_of(door: Door) -> dict[int | str, dict[str, Any]]:
    """What a route may answer, by status."""
    rule = RULES[door.name]
    if door.name == "GET /metrics":
        good: dict[str, Any] = {"description": "Metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    elif door.answer is None:
        schema = {"type": "object"}
        good = {"description": "Done.", "content": {JSON: {"schema": schema}}}
    else:
        good = {"description": "Done.", "model": door.answer} | ({"headers": AWAY} if door.answer is ListShape else {})
    return {door.status: good, **{status: _problem(status) for status in _refusals(door, rule)}}


def describe(app: FastAPI, doors: Iterable[Door]) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = made.setdefault("components", {})
        components["securitySchemes"] = SECURITY
        schemas = components.setdefault("schemas", {})
        for model in (ProblemShape, FaultShape):
            schemas[model.__name__] = model.model_json_schema(ref_template=REF)
            schemas[model.__name__].pop("$defs", None)
        for door in doors:
            _exemplify(made, door)
        app.openapi_schema = made
    return app.openapi_schema


def extra_of(door: Door) -> dict[str, Any]:
    """What FastAPI does not know of a route: which keys it takes."""
    rule = RULES[door.name]
    return {"security": []} if rule.is_open else {"security": [{"key": []}], "x-scopes": sorted(rule.scopes)}


def _exemplify(document: dict[str, Any], door: Door) -> None:
    """Give an answer its example; FastAPI would leave out what is null in it."""
    answers = document["paths"][door.name.partition(" ")[2]][door.method.lower()]["responses"]
    content = answers[str(door.status)]["content"]
    if JSON in content:
        content[JSON]["example"] = door.example


def _refusals(door: Door, rule: Rule) -> list[int]:
    found = [] if rule.is_open else [401, 403, 429]
    found += [400, 413, 415] if rule.body != "none" else []
    found += [404] if "{item_id}" in door.name or door.name.startswith(SOME) else []
    found += [409] if door.method in ("POST", "DELETE") and ("/models/" in door.name or "/keys/" in door.name) else []
    return sorted({*found, 422, 500, 503})


def _problem(status: int) -> dict[str, Any]:
    example = {**examples.PROBLEM, "type": f"urn:genre:problem:{status}", "title": title_of(status), "status": status}
    if status != 422:
        example |= {"detail": title_of(status), "faults": []}
    schema = {"$ref": REF.format(model=ProblemShape.__name__)}
    content = {MEDIA_TYPE: {"schema": schema, "example": example}}
    return {"description": f"{title_of(status)}.", "content": content}
