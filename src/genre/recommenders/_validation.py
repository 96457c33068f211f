"""How well scores do on the validation part: what steers early stopping, tuning and blending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import Fault, RecipeError
from genre.core.seeds import some_of
from genre.core.slot import Slot
from genre.metrics.base import Metric
from genre.recommenders.base import Task
from genre.values import Histories, Judgement, Rankings

Scorer = Callable[[Histories], NDArray[np.float32]]
BLOCK = 1024
"""Users scored at a time."""


@dataclass(frozen=True, eq=False)
class Validation:
    """B validation users with their training histories and what they touched next.

    The whole catalogue is ranked (or the split's candidates), without what the user touched in training, unless lists
    may hold that.

    Attributes:
        histories: B histories: the training part.
        relevant: B sets of validation items.
        candidates: bool [N], the items that may be listed, None for all.
        popularity: int64 [N], training interactions.
        hides_seen: whether lists leave out what a user touched in training.
    """

    histories: Histories
    relevant: Histories
    candidates: NDArray[np.bool_] | None
    popularity: NDArray[np.int64]
    metric: Metric
    k: int
    hides_seen: bool

    def __len__(self) -> int:
        return len(self.histories)

    def take(self, users: NDArray[np.integer]) -> Validation:
        """The same for some of the users, in their order."""
        return replace(self, histories=self.histories.take(users), relevant=self.relevant.take(users))

    def measure(self, score: Scorer) -> float:
        """The mean of the metric over the users."""
        values = [
            self.values(score(self.histories.block(start, start + BLOCK)), start)
            for start in range(0, len(self), BLOCK)
        ]
        return float(np.nanmean(np.concatenate(values)))

    def values(self, scores: NDArray[np.float32], start: int = 0) -> NDArray[np.float64]:
        """The metric of each user: float64 [B'], NaN where it is not defined.

        Args:
            scores: B' x N, of the users from `start` on; changed in place.
        """
        self.hide(scores, start)
        rankings = top(scores, self.k)
        return self.judged(rankings, self.is_relevant(rankings.item_rows, start), start)

    def hide(self, scores: NDArray[np.float32], start: int = 0) -> None:
        """Take out, in place, what is never listed: seen items, and those that are no candidates."""
        if self.candidates is not None:
            scores[:, ~self.candidates] = -np.inf
        if self.hides_seen:
            histories = self.histories.block(start, start + len(scores))
            scores[_owners(histories), histories.item_rows] = -np.inf

    def is_relevant(self, item_rows: NDArray[np.integer], start: int = 0) -> NDArray[np.bool_]:
        """Which of some items per user (B' x C, -1 for none, of the users from `start` on) the user touched next."""
        relevant = self.relevant.block(start, start + len(item_rows))
        truth = _owners(relevant) * relevant.n_items + relevant.item_rows
        asked = np.arange(len(item_rows))[:, None] * relevant.n_items + item_rows
        return np.isin(asked, truth) & (item_rows >= 0)

    def judged(self, rankings: Rankings, hits: NDArray[np.bool_], start: int = 0) -> NDArray[np.float64]:
        """The metric of each user's list, of the users from `start` on: float64 [B']."""
        relevant = self.relevant.block(start, start + len(rankings))
        candidates = np.ones(relevant.n_items, dtype=np.bool_) if self.candidates is None else self.candidates
        judgement = Judgement(rankings, hits, relevant.lengths, self.popularity, len(self), candidates)
        return self.metric.measure(judgement, self.k)


def validation(task: Task, metric: str = "ndcg@10", n_users: int | None = None) -> Validation | None:
    """The users of the validation part, at most `n_users` of them drawn by the task's seed; None where there are none.

    Raises:
        RecipeError: the metric needs more than lists.
    """
    split = task.split
    users = np.unique(split.valid.user_rows)
    if not len(users):
        return None
    if n_users is not None:
        users = some_of(users, n_users, task.seed, "validation users")
    word, _, depth = metric.partition("@")
    ready: Metric = Slot("metrics").build(word)
    if ready.needs_auc or ready.needs_vectors or ready.needs_ratings or not ready.is_per_user or not depth:
        fault = Fault("training.early_stopping.metric", f"'{word}' cannot steer training.", "Take ndcg@10.")
        raise RecipeError(fault)
    histories = split.valid_histories().take(users)
    relevant = _distinct(split.valid.histories().take(users))
    popularity = split.train.popularity()
    return Validation(histories, relevant, split.valid_candidates, popularity, ready, int(depth), task.hides_seen)


def top(scores: NDArray[np.float32], k: int) -> Rankings:
    """The k best finite scores of each row, best first; equal scores in item order."""
    depth = min(k, scores.shape[1])
    items = np.argpartition(scores, -depth, axis=1)[:, -depth:]
    order = np.lexsort((items, -np.take_along_axis(scores, items, axis=1)))
    items = np.take_along_axis(items, order, axis=1)
    best = np.take_along_axis(scores, items, axis=1)
    return Rankings(np.where(np.isfinite(best), items, -1).astype(np.int32), best)


def _owners(histories: Histories) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(histories)), histories.lengths)


def _distinct(histories: Histories) -> Histories:
    pairs = np.unique(_owners(histories) * histories.n_items + histories.item_rows)
    offsets = np.zeros(len(histories) + 1, dtype=np.int64)
    np.cumsum(np.bincount(pairs // histories.n_items, minlength=len(histories)), out=offsets[1:])
    return Histories((pairs % histories.n_items).astype(np.int32), offsets, histories.n_items)
