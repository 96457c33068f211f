"""What a service answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Likeness:
    """An item of the history that is like a listed one.

    Attributes:
        likeness: cosine of the vectors.
    """

    item_id: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item is listed.

    Attributes:
        source: model, popular (the model says nothing of it), or seen (nothing else was left).
        because_of: what it is most like in the history, nearest first.
        modalities: cosine of each feature with the mean of the history's, by name; None: one of them has none.
        boost: standard deviations by which boosts moved it.
        likeness: cosine of its vector with the mean of the history's, all features together; None: there is none.
        contributions: what each feature adds to `likeness`, by name.
    """

    source: str
    because_of: tuple[Likeness, ...] = ()
    modalities: dict[str, float | None] = field(default_factory=dict)
    boost: float = 0.0
    likeness: float | None = None
    contributions: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "source": self.source,
            "because_of": [{"item_id": near.item_id, "likeness": near.likeness} for near in self.because_of],
            "modalities": self.modalities,
            "boost": self.boost,
            "likeness": self.likeness,
            "contributions": self.contributions,
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """What a list was chosen from.

    Attributes:
        n_items: of the model, deleted ones too.
        removed: by rule in their order, each item at the first rule that removes it: deleted, recipe (its
            filters), filter, scenario (its filter), exclude, pages before, disliked.
        candidates: those that were left, by source: model, popular (the model says nothing of them), seen (touched
            before, listed only when nothing else is left).
    """

    n_items: int
    removed: dict[str, int]
    candidates: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"n_items": self.n_items, "removed": self.removed, "candidates": self.candidates}


@dataclass(frozen=True, slots=True)
class Listed:
    """One place of a list.

    Attributes:
        rank: 1 is best.
        score: of the model, higher is better; of fallback items their popularity.
    """

    item_id: str
    rank: int
    score: float
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A list with where it comes from.

    Attributes:
        model_version: of the bundle that answered.
        variant: of an experiment; "default" without one.
        fallback: none, popular (of the user nothing is known), filled (the model knew too few items) or seen (even
            touched items had to be listed).
        short: why there are fewer items than asked for; None where there are as many.
        next_page: ask again with it for what comes after; None where nothing does.
        unknown_items: ids of the question that no item has.
        away: what could not be asked, such as the store: the answer is made from what was known before.
        origin: what the list was chosen from; None: not asked for.
    """

    recommendation_id: str
    model_version: str
    variant: str
    items: tuple[Listed, ...]
    fallback: str = "none"
    short: str | None = None
    next_page: str | None = None
    unknown_items: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    origin: Origin | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        listed: list[dict[str, Any]] = []
        for one in self.items:
            entry: dict[str, Any] = {"item_id": one.item_id, "rank": one.rank, "score": one.score}
            if one.why is not None:
                entry["why"] = one.why.to_dict()
            listed.append(entry)
        return {
            "recommendation_id": self.recommendation_id,
            "model_version": self.model_version,
            "variant": self.variant,
            "items": listed,
            "fallback": self.fallback,
            "short": self.short,
            "next_page": self.next_page,
            "unknown_items": list(self.unknown_items),
            **({} if self.origin is None else {"origin": self.origin.to_dict()}),
        }
