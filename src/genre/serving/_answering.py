"""From the rows of a list to an answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np

from genre.serving._lists import Places, Wish
from genre.serving._pages import Page
from genre.serving._shelf import Shelf
from genre.serving._why import Reasons
from genre.serving.answers import Answer, Listed, Origin

START = Page()
DEFAULT = "default"
"""The variant of those who are in no experiment."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A list as it was found, and what is to be said of it.

    Attributes:
        is_known: whether the model says something of who asks.
        reasons: to tell of each item; None: not asked for.
        page: what was shown before.
        unknown: ids of the question that no item has.
        away: what could not be asked.
        origin: what it was chosen from; None: not asked for.
    """

    found: Places
    wish: Wish
    is_known: bool = True
    reasons: Reasons | None = None
    page: Page = START
    unknown: tuple[str, ...] = ()
    variant: str = DEFAULT
    away: tuple[str, ...] = ()
    origin: Origin | None = None

    def to_answer(self, shelf: Shelf) -> Answer:
        """As it is answered."""
        listed = tuple(self._listed(shelf, place, row) for place, row in enumerate(self.found.rows.tolist()))
        is_whole = len(listed) >= self.wish.k
        is_more = is_whole and int(np.count_nonzero(self.wish.allowed)) > len(listed)
        shown = (*self.page.shown, *(one.item_id for one in listed))
        return Answer(
            recommendation_id=uuid.uuid4().hex,
            model_version=shelf.version,
            variant=self.variant,
            items=listed,
            fallback=self._fallback if self.is_known else "popular",
            short=None if is_whole else self._short(shelf),
            next_page=Page(shown).to_text() if is_more else None,
            unknown_items=self.unknown,
            away=self.away,
            origin=self.origin,
        )

    def _listed(self, shelf: Shelf, place: int, row: int) -> Listed:
        why = None if self.reasons is None else self.reasons.of(row, self.found.source(place))
        return Listed(shelf.ids[row], len(self.page.shown) + place + 1, float(self.found.scores[place]), why)

    @property
    def _fallback(self) -> str:
        if len(self.found.rows) > self.found.n_model + self.found.n_popular:
            return "seen"
        return "filled" if self.found.n_popular else "none"

    def _short(self, shelf: Shelf) -> str:
        n_all, n_allowed = int(np.count_nonzero(shelf.listed)), int(np.count_nonzero(self.wish.allowed))
        n_listed = len(self.found.rows)
        return f"filter, exclude and pages before leave {n_allowed:,} of {n_all:,} items; {n_listed:,} are listed."
