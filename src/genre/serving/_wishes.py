"""What a question asks of a list: which items it may hold, which come last, which are lifted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from genre.serving._lists import Wish
from genre.serving._people import Person
from genre.serving._shelf import Shelf
from genre.serving.questions import Boost, Limits, RecommendQuestion
from genre.serving.settings import Scenario


def wish_of(
    shelf: Shelf, question: RecommendQuestion, scenario: Scenario, person: Person, shown: Sequence[str]
) -> Wish:
    """Of a list for somebody.

    Args:
        shown: ids of the pages before.
    """
    allowed = shelf.offered if question.filter is None else shelf.offered & shelf.mask(question.filter)
    if scenario.filter is not None:
        allowed = allowed & shelf.mask(scenario.filter)
    out = known_rows(shelf, (*question.exclude, *shown))
    if len(out) or len(person.hidden):
        allowed = allowed.copy()
        allowed[out] = allowed[person.hidden] = False
    hidden = None
    if len(person.rows) and any(ranker.hides_seen for ranker in shelf.model.rankers):
        hidden = np.zeros(shelf.n_items, dtype=np.bool_)
        hidden[person.rows] = True
    return Wish(question.k, allowed, hidden, _lifts(shelf, (*scenario.boost, *question.boost)))


def limited(shelf: Shelf, question: Limits, without: NDArray[np.int32] | None = None) -> Wish:
    """Of a list that is nobody's own.

    Args:
        without: int32 [n], rows that are not to be listed.
    """
    allowed = shelf.mask(question.filter).copy()
    allowed[known_rows(shelf, question.exclude)] = False
    if without is not None:
        allowed[without] = False
    return Wish(question.k, allowed)


def known_rows(shelf: Shelf, ids: Sequence[str]) -> NDArray[np.int32]:
    """Rows of those ids that an item has."""
    rows = shelf.rows(ids)
    return rows[rows >= 0] if len(rows) else rows


def unknown_ids(shelf: Shelf, ids: Sequence[str]) -> tuple[str, ...]:
    """Those that no item has, each once."""
    if not ids:
        return ()
    rows = shelf.rows(ids)
    return tuple(dict.fromkeys(id for id, row in zip(ids, rows, strict=True) if row < 0))


def _lifts(shelf: Shelf, boosts: Iterable[Boost]) -> NDArray[np.float32] | None:
    total: NDArray[np.float32] | None = None
    for boost in boosts:
        total = np.zeros(shelf.n_items, dtype=np.float32) if total is None else total
        total[shelf.mask(boost.filter)] += boost.by
    return total
