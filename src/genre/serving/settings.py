"""How a service behaves, beside its bundle: weights of events, scenarios, limits of memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from genre.config.recipe import INDEXES
from genre.core.component import ComponentConfig
from genre.serving._conditions import Filter
from genre.serving.questions import Boost


class Section(BaseModel):
    """Base of settings: what is not a field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scenario(Section):
    """A name for what some place of a shop wants; what a question says itself goes first."""

    base: str = Field("for_you", description="for_you, popular or new: what lists are made of.")
    filter: Filter | None = Field(None, description="Only items that fulfil it, and what the question asks for too.")
    boost: tuple[Boost, ...] = Field((), description="Items to lift or lower.")
    diversity: float | None = Field(None, ge=0, le=1, description="As in a question.")


class Variant(Scenario):
    """One arm of an experiment: a share of users whose lists for them are made in its way."""

    share: float = Field(gt=0, le=1, description="Of all users, by their ids: a user stays in one arm.")


class ServiceSettings(Section):
    """What a service does with events and how lists are made."""

    event_weights: Mapping[str, float] = Field(
        {"impression": 0.0, "dislike": 0.0},
        description="How much an event of a type says of taste; types not named count 1, 0 leaves histories alone.",
    )
    hiding_events: tuple[str, ...] = Field(
        ("dislike",), description="After such an event its user never gets the item."
    )
    half_life_days: float = Field(7.0, gt=0, description="An event this old counts half in what is popular now.")
    scenarios: Mapping[str, Scenario] = Field({}, description="By name, beside for_you, popular and new.")
    variants: Mapping[str, Variant] = Field(
        {}, description="Arms of an experiment by name; users beyond their shares are in `default`."
    )
    index: Annotated[ComponentConfig, INDEXES] | None = Field(
        None, description="How the best of all items are found, exact or usearch; None: as the bundle has it."
    )
    kept_users: int = Field(20_000, ge=1, description="Users whose histories are kept in memory.")
    kept_scores: int = Field(128, ge=1, description="MiB of scores that are kept for users who ask again.")

    @model_validator(mode="after")
    def _leaves_default(self) -> ServiceSettings:
        if sum(one.share for one in self.variants.values()) > 1 + 1e-9:
            raise ValueError("the shares of variants make more than 1.")
        if "default" in self.variants:
            raise ValueError("default is what users beyond all shares are in; call the variant otherwise.")
        return self
