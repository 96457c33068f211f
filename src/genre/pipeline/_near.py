"""Lists by an index instead of all scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genre.indexes.base import Index
from genre.ranking import depth_of, reranked
from genre.ranking.base import Ranker, RankingContext
from genre.values import Histories, Rankings

if TYPE_CHECKING:
    from genre.pipeline.model import Model


def near_lists(model: Model, index: Index, histories: Histories, k: int, rankers: Sequence[Ranker]) -> Rankings:
    """Lists of depth k for B histories, by an index over the recommender's factors; those that say nothing go by all
    scores.

    Args:
        rankers: of which each only hides what was seen or reorders lists.
    """
    users, depth = model.recommender.user_factors(histories), depth_of(rankers, k)
    told, silent = np.flatnonzero(users.present), np.flatnonzero(~users.present)
    parts = [model.rank_all(histories.take(silent), k, rankers)] if len(silent) else []
    if len(told):
        hides_seen = any(ranker.hides_seen for ranker in rankers)
        queries = users.vectors[told]
        found = [
            index.search(query[None], depth, _unseen(histories[int(row)], index.n_rows) if hides_seen else None)
            for row, query in zip(told, queries, strict=True)
        ]
        context = RankingContext(histories.take(told), model.catalog, model.vectors)
        parts.append(reranked(Rankings.joined(found), rankers, k, context))
    order = np.argsort(np.concatenate([silent, told]))
    both = Rankings.joined(parts)
    return Rankings(both.item_rows[order], both.scores[order])


def without_self(found: Rankings, rows: NDArray[np.integer]) -> Rankings:
    """Lists that are one shorter: without the item at `rows` [B] each, or without the last where it is not listed."""
    order = np.argsort(found.item_rows == rows[:, None], axis=1, kind="stable")[:, :-1]
    return Rankings(np.take_along_axis(found.item_rows, order, axis=1), np.take_along_axis(found.scores, order, axis=1))


def _unseen(seen: NDArray[np.int32], n_items: int) -> NDArray[np.bool_]:
    allowed = np.ones(n_items, dtype=np.bool_)
    allowed[seen] = False
    return allowed
