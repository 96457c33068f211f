"""Lists of all judged users beside the truth, block by block in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.core.progress import Cost, peak_mib, track
from genre.experiment._auc import area
from genre.experiment.exam import Exam
from genre.ranking import rank
from genre.ranking.base import Ranker, RankingContext
from genre.recommenders.base import Recommender
from genre.values import Histories, Judgement, Rankings

BLOCK_BYTES = 64 * 2**20
"""Memory of one block of scores. Larger blocks are not faster: they leave the caches and are returned to the system."""
BLOCK_ROWS = 1024
"""Histories in a block at most, for the sake of recommenders that need much memory per history."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What one recommender did in an exam.

    Attributes:
        judgement: B lists beside the truth.
        cost: seconds of scoring and ranking alone; peak memory of the process so far.
    """

    judgement: Judgement
    cost: Cost


def judge(
    recommender: Recommender, exam: Exam, rankers: Sequence[Ranker], depth: int, with_auc: bool = False
) -> Judged:
    """Lists of `depth` for every user of the exam, over the whole catalogue.

    Items that are no candidates are taken out whatever the rankers say; what the user touched before is, where one of
    the rankers hides it. The area under the ROC curve comes from the recommender's own scores, before the rankers.

    Raises:
        GenreError: a score is NaN, or a ranker asks for what is not there.
    """
    vectors = exam.vectors if exam.vectors is not None else recommender.item_vectors()
    items = np.empty((len(exam), depth), dtype=np.int32)
    scores = np.empty((len(exam), depth), dtype=np.float32)
    hits = np.empty((len(exam), depth), dtype=np.bool_)
    auc = np.empty(len(exam)) if with_auc else None
    hides_seen = any(ranker.hides_seen for ranker in rankers)
    seconds = 0.0
    step = block_rows(exam.n_items)
    for start in track(range(0, len(exam), step), f"Judging {recommender.config.type_name()}"):
        part = slice(start, start + step)
        seen, relevant = exam.seen.block(start, start + step), exam.relevant.block(start, start + step)
        began = time.perf_counter()
        block = recommender.score(exam.histories.block(start, start + step))
        hidden = seen if hides_seen else Histories.empty(len(seen), exam.n_items)
        _take_out(block, hidden, exam.candidates)
        seconds += time.perf_counter() - began
        if auc is not None:
            auc[part] = area(block, relevant, hidden, exam.candidates)
        began = time.perf_counter()
        rankings = rank(block, rankers, depth, RankingContext(seen, exam.catalog, vectors))
        seconds += time.perf_counter() - began
        items[part], scores[part], hits[part] = rankings.item_rows, rankings.scores, _hits(rankings, relevant)
    judgement = Judgement(
        rankings=Rankings(items, scores),
        hits=hits,
        n_relevant=exam.relevant.lengths,
        popularity=exam.popularity,
        n_train_users=int(np.count_nonzero(exam.split.train.activity())),
        candidates=exam.candidates,
        vectors=exam.vectors,
        auc=auc,
    )
    return Judged(judgement, Cost(seconds, peak_mib()))


def block_rows(n_items: int) -> int:
    """How many histories are scored at once."""
    return int(np.clip(BLOCK_BYTES // (4 * max(n_items, 1)), 1, BLOCK_ROWS))


def _take_out(scores: NDArray[np.float32], seen: Histories, candidates: NDArray[np.bool_]) -> None:
    scores[np.repeat(np.arange(len(seen)), seen.lengths), seen.item_rows] = -np.inf
    if not candidates.all():
        scores[:, ~candidates] = -np.inf


def _hits(rankings: Rankings, relevant: Histories) -> NDArray[np.bool_]:
    """Whether each listed item is relevant: bool [B, K], by binary search among (user, item) keys."""
    n_users, n_items = len(relevant), relevant.n_items
    keys = relevant.keys()
    listed = np.arange(n_users)[:, None] * n_items + rankings.item_rows
    found = np.minimum(np.searchsorted(keys, listed), len(keys) - 1)
    return (keys[found] == listed) & (rankings.item_rows >= 0)
