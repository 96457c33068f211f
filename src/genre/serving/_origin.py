"""From all items to the candidates of one list: how many each rule removed, and where the rest comes from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.serving._lists import MODEL, POPULAR, SEEN, Wish
from genre.serving._people import Person
from genre.serving._shelf import Shelf
from genre.serving._wishes import known_rows
from genre.serving.answers import Origin
from genre.serving.questions import RecommendQuestion
from genre.serving.settings import Scenario


def origin_of(
    shelf: Shelf,
    question: RecommendQuestion,
    scenario: Scenario,
    person: Person,
    shown: tuple[str, ...],
    wish: Wish,
    scores: NDArray[np.float32] | None,
) -> Origin:
    """Of the list that a question is answered with; each item counts for the first rule that removes it.

    Args:
        shown: ids of the pages before.
        scores: float32 [N] that the list is made from; None: the model says nothing of who asks.
    """
    rules = {
        "deleted": shelf.listed,
        "recipe": shelf.offered,
        "filter": shelf.mask(question.filter),
        "scenario": shelf.mask(scenario.filter),
        "exclude": _without(shelf, known_rows(shelf, question.exclude)),
        "pages before": _without(shelf, known_rows(shelf, shown)),
        "disliked": _without(shelf, person.hidden),
    }
    left = np.ones(shelf.n_items, dtype=np.bool_)
    removed: dict[str, int] = {}
    for name, keeps in rules.items():
        removed[name] = int((left & ~keeps).sum())
        left &= keeps
    seen = np.zeros(shelf.n_items, dtype=np.bool_) if wish.hidden is None else wish.hidden
    scored = np.zeros(shelf.n_items, dtype=np.bool_) if scores is None else np.isfinite(scores)
    sources = {MODEL: scored & ~seen, POPULAR: ~scored & ~seen, SEEN: seen}
    return Origin(shelf.n_items, removed, {name: int((left & rows).sum()) for name, rows in sources.items()})


def _without(shelf: Shelf, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    found = np.ones(shelf.n_items, dtype=np.bool_)
    found[rows] = False
    return found
