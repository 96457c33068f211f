"""What a service is asked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from genre.serving._conditions import Filter
from genre.serving._json_types import Flag, Id, Length, Page, Share, Spread


def _both(name: str, type: str) -> dict[str, Any]:
    """JSON schema of a body that gives a user and something else that says who asks."""
    given = {"user_id": {"type": ["string", "number"]}, name: {"type": type}}
    return {"properties": given, "required": list(given)}


class Question(BaseModel):
    """Base of questions: what is not a field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Boost(Question):
    """Some items that should come higher, or lower."""

    filter: Filter = Field(description="Which items.")
    by: Spread = Field(description="How far: in standard deviations of the user's scores; below 0: down.")


class Asker(Question):
    """Who asks: a known user, or somebody with a history or a profile."""

    model_config = ConfigDict(
        json_schema_extra={"not": {"anyOf": [_both("history", "array"), _both("profile", "object")]}}
    )

    user_id: Id | None = Field(None, description="A user; one never seen gets what is popular.")
    history: tuple[Id, ...] | None = Field(
        None, max_length=10_000, description="Items that somebody touched, oldest first, instead of user_id."
    )
    profile: dict[str, Any] | None = Field(
        None, description="Columns of the table of users, beside a history or alone; where the model reads profiles."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Asker:
        if self.user_id is not None and (self.history is not None or self.profile is not None):
            raise ValueError("give user_id, or history and profile, not both.")
        return self

    @property
    def is_nobody(self) -> bool:
        """Whether nothing is said of who asks."""
        return self.user_id is None and self.history is None and self.profile is None


class Limits(Question):
    """Which items an answer may hold, and how many."""

    k: Length = Field(10, description="Length of the list.")
    filter: Filter | None = Field(None, description="Only items that fulfil it.")
    exclude: tuple[Id, ...] = Field((), max_length=10_000, description="Items that are not to be listed.")


class RecommendQuestion(Asker, Limits):
    """A list for somebody."""

    scenario: str = Field("for_you", max_length=64, description="for_you, popular, new, or one of the settings' own.")
    boost: tuple[Boost, ...] = Field((), max_length=20, description="Items to lift or lower.")
    diversity: Share | None = Field(
        None, description="0: by relevance alone, 1: by difference alone; None: as the recipe says."
    )
    explain: Flag = Field(False, description="Say of each item why it is there.")
    page: Page | None = Field(None, description="`next_page` of the answer before.")


class SimilarQuestion(Limits):
    """Items like some items."""

    items: tuple[Id, ...] = Field(min_length=1, max_length=100, description="Liked together.")


class SearchQuestion(Asker, Limits):
    """Items that free text is about."""

    text: str = Field(min_length=1, max_length=2_000, description="In any language that the model's encoder reads.")
    personal: Share = Field(0.3, description="Weight of the user's taste beside the words, where a user is given.")


class RankQuestion(Asker):
    """Given items in the order that suits somebody."""

    items: tuple[Id, ...] = Field(min_length=1, max_length=10_000, description="All of them come back.")
    explain: Flag = Field(False, description="Say of each item why it stands there.")
