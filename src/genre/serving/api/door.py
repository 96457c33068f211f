"""One route: where it is, what enters, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from genre.serving._json_types import MOST_LETTERS
from genre.serving.api import examples

UserId = Annotated[str, Path(min_length=1, max_length=MOST_LETTERS, openapi_examples=examples.USER_ID)]
ItemId = Annotated[str, Path(min_length=1, max_length=MOST_LETTERS, openapi_examples=examples.ITEM_ID)]
VersionName = Annotated[str, Path(min_length=1, max_length=200, openapi_examples=examples.VERSION)]
KeyId = Annotated[str, Path(min_length=1, max_length=200, openapi_examples=examples.KEY_ID)]
ANY = ":any"
"""What stands behind the name of a part of a path that may hold all letters."""


class AnyLetters(StringConvertor):
    """Of ids: slashes and ends of lines are letters like others."""

    regex = "(?s:.*)"


register_url_convertor("any", AnyLetters())


@dataclass(frozen=True)
class Door:
    """Attributes:
    name: method and path, as the table of rules has them.
    enter: takes the `Call`, and what its signature names of path, query and body.
    answer: what it looks like; None: no JSON.
    """

    name: str
    summary: str
    enter: Callable[..., Coroutine[Any, Any, Response]]
    answer: type[BaseModel] | None
    example: Any
    status: int = 200

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        path = self.name.partition(" ")[2]
        return path.replace("{user_id}", f"{{user_id{ANY}}}").replace("{item_id}", f"{{item_id{ANY}}}")
