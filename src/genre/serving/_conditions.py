"""Which items a question is about: conditions on their columns, joined by all, any and not."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from genre.ranking.filter import FilterConfig, FilterRanker
from genre.values import Catalog

MAX_DEPTH, MAX_PARTS = 8, 100
WORDS = ("all", "any", "not")


class Condition(FilterConfig):
    """What a column of an item must hold; several tests on one column must all hold."""


class Joined(BaseModel):
    """Conditions that must hold together, of which one must hold, or that must not hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    all: tuple[Conditions, ...] | None = Field(None, min_length=1, description="All of these hold.")
    any: tuple[Conditions, ...] | None = Field(None, min_length=1, description="One of these holds at least.")
    not_: Conditions | None = Field(None, alias="not", description="This does not hold.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Joined:
        if sum(part is not None for part in (self.all, self.any, self.not_)) != 1:
            raise ValueError("a filter is a condition with `column`, or one of all, any, not.")
        return self


def _bounded(value: Any) -> Any:
    """Refuse filters that would take long to look at, before they are."""
    parts, depth, level = 0, 0, [value]
    while level:
        depth, parts = depth + 1, parts + len(level)
        if depth > 2 * MAX_DEPTH or parts > MAX_PARTS:
            raise ValueError(f"a filter has at most {MAX_DEPTH} levels and some {MAX_PARTS} parts.")
        level = [one for part in level for one in _inside(part)]
    return value


def _inside(part: Any) -> list[Any]:
    if isinstance(part, list | tuple):
        return list(part)
    if isinstance(part, dict):
        return [part[word] for word in WORDS if word in part]
    return []


def _kind(value: Any) -> str:
    is_joined = isinstance(value, Joined) or (isinstance(value, dict) and not value.keys().isdisjoint(WORDS))
    return "joined" if is_joined else "condition"


Conditions = Annotated[Annotated[Condition, Tag("condition")] | Annotated[Joined, Tag("joined")], Discriminator(_kind)]
Filter = Annotated[Conditions, BeforeValidator(_bounded)]


def kept(conditions: Conditions, catalog: Catalog) -> NDArray[np.bool_]:
    """Which items of the catalogue fulfil the conditions: bool [N]. An empty column fulfils none, but its `not`.

    Raises:
        RecipeError: no such column, or a test that does not fit what the column holds.
    """
    if isinstance(conditions, Condition):
        return FilterRanker(conditions).kept(catalog)
    if conditions.not_ is not None:
        return ~kept(conditions.not_, catalog)
    parts = [kept(one, catalog) for one in conditions.all or conditions.any or ()]
    found: NDArray[np.bool_] = (np.all if conditions.all else np.any)(parts, axis=0)
    return found


Joined.model_rebuild()
