"""What answers look like, for the OpenAPI document: they are sent unchecked, and tests hold them to it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Base of answers: a field that is not here is not sent."""

    model_config = ConfigDict(extra="forbid")


class LikenessShape(Shape):
    """An item of the history that is like a listed one."""

    item_id: str
    likeness: float = Field(description="Cosine of the two items' vectors.")


class WhyShape(Shape):
    """Why an item is listed."""

    source: Literal["model", "popular", "seen"]
    because_of: list[LikenessShape] = Field(description="What it is most like in the history, nearest first.")
    modalities: dict[str, float | None] = Field(description="Likeness to the history by feature.")
    boost: float = Field(description="Standard deviations by which boosts moved it.")
    likeness: float | None = Field(description="Cosine of its vector with the mean of the history's.")
    contributions: dict[str, float] = Field(description="What each feature adds to `likeness`; they sum up to it.")


class OriginShape(Shape):
    """What a list was chosen from."""

    n_items: int = Field(description="Of the model, deleted ones too.")
    removed: dict[str, int] = Field(
        description="Items by the rule that removed them, in the rules' order: deleted, recipe, filter, scenario,"
        " exclude, pages before, disliked."
    )
    candidates: dict[str, int] = Field(
        description="What was left, by source: model, popular, and seen (listed only when nothing else is left)."
    )


class ListedShape(Shape):
    """One place of a list."""

    item_id: str
    rank: int
    score: float
    why: WhyShape | None = Field(None, description="Only where it was asked for.")


class ListShape(Shape):
    """A list with where it comes from."""

    recommendation_id: str = Field(description="Send it back with events that follow.")
    model_version: str
    variant: str
    items: list[ListedShape]
    fallback: Literal["none", "popular", "filled", "seen"] = Field(
        description="popular: nothing is known of the user. filled: the model knew too few items. seen: even items"
        " that the user touched had to be listed."
    )
    short: str | None = Field(description="Why there are fewer items than asked for.")
    next_page: str | None = Field(description="Send it as `page` for what comes next.")
    unknown_items: list[str] = Field(description="Ids of the question that no item has.")
    origin: OriginShape | None = Field(None, description="Only where reasons were asked for.")


class TakenShape(Shape):
    """What became of posted events."""

    new: int = Field(description="Events that are kept now.")
    known: int = Field(description="Events whose id was known already.")
    unknown_items: list[str] = Field(description="No item has these ids yet; their events count as soon as it comes.")


class KeptShape(Shape):
    """What became of items or users that were put or changed."""

    kept: int
    refused: dict[str, str] = Field({}, description="Items that are kept and could not be taken in, with the reason.")


class DeletedShape(Shape):
    """An item that is gone."""

    item_id: str
    deleted: Literal[True]


class GoneShape(Shape):
    """What became of items that were to be deleted."""

    deleted: int
    unknown_items: list[str] = Field(description="No item had these ids.")


class ErasedShape(Shape):
    """What was removed with a user."""

    erased_rows: int = Field(description="Events and columns that are gone from the store.")


class KeptEventShape(Shape):
    """An event as it is kept."""

    event_id: str
    user_id: str
    item_id: str
    type: str
    at: float = Field(description="Seconds since 1970.")
    value: float | None
    recommendation_id: str | None


class UserShape(Shape):
    """All that is kept of a user."""

    user_id: str
    columns: dict[str, Any] | None
    history: list[str] = Field(description="Items that lists are made from, oldest first.")
    events: list[KeptEventShape]


class VersionShape(Shape):
    """A version of the model."""

    version: str
    is_active: bool
    is_loadable: bool = Field(description="Whether its bundle is there.")


class ActivationShape(Shape):
    """When a version came to answer."""

    version: str
    at: float = Field(description="Seconds since 1970.")


class IndexShape(Shape):
    """How one index of the model that answers does."""

    name: str = Field(description="liked (what users like), alike (what is like an item) or words (what texts mean).")
    type: str
    n_rows: int = Field(description="Items that it finds.")
    is_exact: bool = Field(description="Whether all items are compared, by choice or as nothing else found enough.")
    recall: float | None = Field(description="Share of the true best that it found when it was last checked.")
    effort: int | None = Field(description="Candidates looked at for a list; null: all.")
    n_bytes: int = Field(description="Of memory, beside the vectors.")


class ModelsShape(Shape):
    """Versions that answer, may answer and did."""

    active: str
    versions: list[VersionShape]
    activations: list[ActivationShape] = Field(description="Newest first.")
    indexes: list[IndexShape] = Field(description="Of the model that answers; none: all items are compared.")


class ActiveShape(Shape):
    """A version that answers from now on."""

    active: str
    before: str


class KeyShape(Shape):
    """What is kept of a key; never the key."""

    key_id: str
    name: str
    tenant: str
    scopes: list[str]
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    rate_per_minute: int | None
    daily_quota: int | None


class NewKeyShape(KeyShape):
    """A key that was made."""

    key: str = Field(description="The key itself, told this once.")


class KeysShape(Shape):
    """The keys of a tenant."""

    keys: list[KeyShape]


class RevokedShape(Shape):
    """A key that opens nothing any more."""

    key_id: str
    revoked: Literal[True]


class HealthShape(Shape):
    """That the process lives, or can answer."""

    status: Literal["live", "ready"]


class FaultShape(Shape):
    """One thing that is wrong."""

    where: str = Field(description="JSON path, parameter or header.")
    what: str
    mend: str


class ProblemShape(Shape):
    """A refusal as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    faults: list[FaultShape]
    request_id: str
