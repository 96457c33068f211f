"""What a service answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Likeness:
    """An item of the history, and the cosine of its vector with the listed one's."""

    item_id: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item is listed.

    Attributes:
        source: model, popular or seen.
        because_of: what it is most like in the history, nearest first.
        modalities: likeness to the history by feature.
        boost: standard deviations by which boosts moved it.
        likeness: cosine of its vector with the mean of the history's.
        contributions: what each feature adds to that.
    """

    source: str
    because_of: tuple[Likeness, ...] = ()
    modalities: dict[str, float | None] = field(default_factory=dict)
    boost: float = 0.0
    likeness: float | None = None
    contributions: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a list was chosen from.

    Attributes:
        n_items: of the model, deleted ones too.
        removed: items by the rule that removed them, in the rules' order.
        candidates: what was left, by source.
    """

    n_items: int
    removed: dict[str, int]
    candidates: dict[str, int]


@dataclass(frozen=True, slots=True)
class Listed:
    """One place of a list; rank 1 is best."""

    item_id: str
    rank: int
    score: float
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A list with where it comes from.

    Attributes:
        recommendation_id: send it back with events that follow.
        fallback: none, popular (of the user nothing is known), filled (the model knew too few items) or seen (even
            touched items had to be listed).
        short: why there are fewer items than asked for.
        next_page: ask again with it for what comes after.
        unknown_items: ids of the question that no item has.
        origin: what it was chosen from; None: reasons were not asked for.
        away: what could not be asked, such as the store: the list is made from what was known before.
    """

    recommendation_id: str
    model_version: str
    variant: str
    items: tuple[Listed, ...]
    fallback: str
    short: str | None = None
    next_page: str | None = None
    unknown_items: tuple[str, ...] = ()
    origin: Origin | None = None
    away: tuple[str, ...] = ()

    @property
    def item_ids(self) -> list[str]:
        """Best first."""
        return [one.item_id for one in self.items]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of events.

    Attributes:
        new: kept now.
        known: kept before, under the same event_id.
        unknown_items: no item has these ids yet; their events count as soon as it comes.
    """

    new: int
    known: int
    unknown_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows are kept; of them those that could not be taken into lists, with the reason, by id."""

    kept: int
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gone:
    """How many items are deleted, and ids that no item had."""

    deleted: int
    unknown_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as the service has it; `at` in seconds since 1970."""

    event_id: str
    user_id: str
    item_id: str
    type: str
    at: float
    value: float | None = None
    recommendation_id: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """All that is kept of a user.

    Attributes:
        columns: as they were put; None: none were.
        history: items that lists are made from, oldest first.
    """

    user_id: str
    columns: dict[str, Any] | None
    history: tuple[str, ...]
    events: tuple[KeptEvent, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the model; one whose bundle is gone cannot be activated."""

    version: str
    is_active: bool
    is_loadable: bool


@dataclass(frozen=True, slots=True)
class Activation:
    """When a version came to answer, in seconds since 1970."""

    version: str
    at: float


@dataclass(frozen=True, slots=True)
class Index:
    """How one index of the model that answers does.

    Attributes:
        name: liked, alike or words.
        recall: share of the true best that it found when it was last checked.
        effort: candidates looked at for a list; None: all.
    """

    name: str
    type: str
    n_rows: int
    is_exact: bool
    recall: float | None
    effort: int | None
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Models:
    """Versions there are, which answered when, newest first, and indexes of the one that answers."""

    active: str
    versions: tuple[Version, ...]
    activations: tuple[Activation, ...]
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Active:
    """The version that answers now, and the one before."""

    active: str
    before: str


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key, beside the key itself; moments in seconds since 1970."""

    key_id: str
    name: str
    tenant: str
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    rate_per_minute: int | None = None
    daily_quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey(Key):
    """A key that was made.

    Attributes:
        key: the key itself; the service tells it this once.
    """

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of a tenant."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows went."""

    erased_rows: int


def read(kind: type[T], content: bytes) -> T:
    """JSON as a result; fields that a newer service adds are left out.

    Raises:
        pydantic.ValidationError: it is something else.
    """
    hashable: Any = kind
    found: T = _reader(hashable).validate_json(content)
    return found


@cache
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
