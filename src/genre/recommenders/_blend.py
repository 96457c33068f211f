"""Scores of several recommenders on one scale, and what a blend of them is worth on validation users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.recommenders._validation import Scorer, Validation, top
from genre.values import Histories, Rankings

DEPTH = 100
"""Best items of each recommender among which the best of a blend are sought."""
BLOCK_CELLS = 8_000_000
"""Users times items scored at a time."""


def standardised(scores: NDArray[np.float32], histories: Histories) -> NDArray[np.float32]:
    """Scores B x N as distances from the user's mean, in standard deviations.

    Mean and deviation are taken over the scored items outside the history. Items without a score get 0, the mean: a
    recommender that knows nothing about an item has no say in its rank.
    """
    scored = np.isfinite(scores)
    counted = scored.copy()
    counted[np.repeat(np.arange(len(histories)), histories.lengths), histories.item_rows] = False
    counts = np.maximum(np.count_nonzero(counted, axis=1, keepdims=True), 1)
    nothing = np.float32(0.0)
    mean = np.where(counted, scores, nothing).sum(axis=1, keepdims=True, dtype=np.float64) / counts
    values = np.where(scored, scores, mean.astype(np.float32))
    values -= mean.astype(np.float32)
    variance = np.square(np.where(counted, values, nothing)).sum(axis=1, keepdims=True, dtype=np.float64) / counts
    values /= np.where(variance > 0, np.sqrt(variance), 1.0).astype(np.float32)
    return values


@dataclass(frozen=True, eq=False)
class Contest:
    """Standardised scores of M recommenders for the items that can come out on top, for B validation users.

    Attributes:
        scores: float32 [M, B, C]; -inf at places that are not filled.
        item_rows: int32 [B, C], -1 at places that are not filled.
        is_relevant: bool [B, C].
    """

    judge: Validation
    scores: NDArray[np.float32]
    item_rows: NDArray[np.int32]
    is_relevant: NDArray[np.bool_]

    @staticmethod
    def hold(judge: Validation, scorers: Sequence[Scorer]) -> Contest:
        """Let every recommender score the users; keep what is among the best `DEPTH` of any."""
        size = max(1, BLOCK_CELLS // judge.histories.n_items)
        starts = range(0, len(judge), size)
        parts = [_finalists(judge.take(np.arange(start, min(start + size, len(judge)))), scorers) for start in starts]
        width = max(rows.shape[1] for _, rows in parts)
        scores = np.concatenate([_widened(part, width, -np.inf) for part, _ in parts], axis=1)
        rows = np.concatenate([_widened(part, width, -1) for _, part in parts])
        return Contest(judge, scores, rows, judge.is_relevant(rows))

    def take(self, users: NDArray[np.integer]) -> Contest:
        """The same for some of the users, in their order."""
        return Contest(self.judge.take(users), self.scores[:, users], self.item_rows[users], self.is_relevant[users])

    def __len__(self) -> int:
        """B."""
        return len(self.item_rows)

    @property
    def n_models(self) -> int:
        """M."""
        return len(self.scores)

    def quality(self, weights: NDArray[np.float64]) -> float:
        """The metric of a blend with `weights` [M], mean over the users."""
        blend = np.zeros(self.item_rows.shape, dtype=np.float32)
        for place in np.flatnonzero(weights):
            blend += np.float32(weights[place]) * self.scores[place]
        best = top(blend, self.judge.k)
        places, is_filled = np.maximum(best.item_rows, 0), best.item_rows >= 0
        listed = np.where(is_filled, np.take_along_axis(self.item_rows, places, axis=1), -1).astype(np.int32)
        hits = np.take_along_axis(self.is_relevant, places, axis=1) & is_filled
        return float(np.nanmean(self.judge.judged(Rankings(listed, best.scores), hits)))


def _finalists(judge: Validation, scorers: Sequence[Scorer]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    full = list(_shown(judge, scorers))
    rows = np.sort(np.concatenate([top(scores, DEPTH).item_rows for scores in full], axis=1), axis=1)
    rows[:, 1:][rows[:, 1:] == rows[:, :-1]] = -1
    rows = np.sort(rows, axis=1)[:, ::-1]
    rows = rows[:, : max(1, int((rows >= 0).sum(axis=1).max(initial=0)))]
    scores = np.stack([np.take_along_axis(part, np.maximum(rows, 0), axis=1) for part in full])
    scores[:, rows < 0] = -np.inf
    return scores, rows


def _shown(judge: Validation, scorers: Sequence[Scorer]) -> Iterator[NDArray[np.float32]]:
    for score in scorers:
        scores = standardised(score(judge.histories), judge.histories)
        judge.hide(scores)
        yield scores


def _widened(array: NDArray, width: int, fill: float) -> NDArray:
    missing = width - array.shape[-1]
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, missing)], constant_values=fill)
