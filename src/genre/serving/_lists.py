"""From scores to the rows of a list: what may be listed, lifted, spread out, and filled up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.indexes.base import Index
from genre.pipeline.model import Model
from genre.ranking import depth_of, rank, reranked
from genre.ranking.base import Ranker, RankingContext
from genre.ranking.filter import FilterRanker
from genre.serving._shelf import Shelf
from genre.values import Histories, Rankings
from genre.values.top import top as best

SHORT = 50_000
"""Rows of scores up to this long are cut the plain way, which takes a tenth of the time of that for blocks at 1,700."""
MODEL, POPULAR, SEEN = "model", "popular", "seen"


@dataclass(frozen=True, eq=False)
class Wish:
    """What one list is to be.

    Attributes:
        allowed: bool [N], items that may be listed at all.
        hidden: bool [N], items that come only when nothing else is left: the user touched them; None: no such.
        lifts: float32 [N], standard deviations to add; None: none.
    """

    k: int
    allowed: NDArray[np.bool_]
    hidden: NDArray[np.bool_] | None = None
    lifts: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Places:
    """A list of rows, best first.

    Attributes:
        rows: int64 [K'].
        scores: float32 [K'].
        n_model: of these the first come from the scores.
        n_popular: and the next from popularity; the rest was touched before.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    n_model: int
    n_popular: int

    def source(self, place: int) -> str:
        """Where an item comes from."""
        if place < self.n_model:
            return MODEL
        return POPULAR if place < self.n_model + self.n_popular else SEEN


@dataclass(frozen=True, eq=False)
class Near:
    """A question to an index, instead of the scores of all items.

    Attributes:
        query: float32 [D].
    """

    index: Index
    query: NDArray[np.float32]


Scores = NDArray[np.float32] | Near
"""Of all items, float32 [N], or where the best of them are to be asked for."""


def places(
    scores: Scores | None,
    wish: Wish,
    popularity: NDArray[np.float32],
    shelf: Shelf,
    rankers: tuple[Ranker, ...],
) -> Places:
    """At most `wish.k` rows: by `scores` (None: of nothing), then by popularity, then what was seen.

    An index is asked only where nothing is lifted and no ranker needs all scores.
    """
    fresh = wish.allowed if wish.hidden is None else wish.allowed & ~wish.hidden
    rows, values = _ranked(scores, fresh, wish, shelf, rankers)
    n_model = len(rows)
    if n_model < wish.k:
        rows, values = _filled(rows, values, popularity, fresh, wish.k)
    n_popular = len(rows) - n_model
    if len(rows) < wish.k and wish.hidden is not None:
        rows, values = _filled(rows, values, popularity, wish.allowed, wish.k)
    return Places(rows, values, n_model, n_popular)


def _ranked(
    scores: Scores | None,
    fresh: NDArray[np.bool_],
    wish: Wish,
    shelf: Shelf,
    rankers: tuple[Ranker, ...],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    if scores is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    if isinstance(scores, Near):
        context = _context(shelf)
        near = scores.index.search(scores.query[None], depth_of(rankers, wish.k), fresh)
        return _first(reranked(near, rankers, wish.k, context))
    wanted = np.where(fresh, scores if wish.lifts is None else lifted(scores, wish.lifts), np.float32(-np.inf))
    if not rankers:
        return top(wanted, wish.k)
    return _first(rank(wanted[None], rankers, wish.k, _context(shelf)))


def _context(shelf: Shelf) -> RankingContext:
    return RankingContext(Histories.empty(1, shelf.n_items), shelf.model.catalog, shelf.units)


def _first(found: Rankings) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows and scores of the first list."""
    rows = found.item_rows[0]
    return rows[rows >= 0].astype(np.int64), found.scores[0][rows >= 0]


def lifted(scores: NDArray[np.float32], lifts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores with standard deviations added: float32 [N]."""
    known = np.isfinite(scores)
    spread = float(scores[known].std()) if known.any() else 1.0
    return scores + np.float32(spread or 1.0) * lifts


def top(scores: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k best finite entries of float32 [N], best first, equal ones in order: rows and scores.

    Raises:
        GenreError: a score is NaN.
    """
    n = len(scores)
    if not 0 < k < n <= SHORT or np.isnan(scores.max()):
        return _first(best(scores[None], k))
    cut = np.partition(scores, n - k)[n - k]
    rows = np.flatnonzero(scores >= cut) if cut > -np.inf else np.flatnonzero(scores > -np.inf)
    rows = rows[np.argsort(-scores[rows], kind="stable")[:k]]
    return rows, scores[rows]


def _filled(
    rows: NDArray[np.int64],
    values: NDArray[np.float32],
    popularity: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    rest = np.where(allowed, popularity, np.float32(-np.inf))
    rest[rows] = -np.inf
    more, scores = top(rest, k - len(rows))
    return np.concatenate([rows, more]), np.concatenate([values, scores])


def own_rankers(model: Model, diversity: float | None) -> tuple[Ranker, ...]:
    """The recipe's steps that lists go through here; what was seen is hidden otherwise, and filters hold for all lists.

    Args:
        diversity: of the question, instead of the recipe's; None: as the recipe says.
    """
    from genre.config.recipe import RANKERS

    steps = tuple(one for one in model.rankers if not one.hides_seen and not isinstance(one, FilterRanker))
    if diversity is None:
        return steps
    steps = tuple(one for one in steps if one.config.type_name() != "mmr")
    return (*steps, RANKERS.build({"type": "mmr", "diversity": diversity})) if diversity else steps
