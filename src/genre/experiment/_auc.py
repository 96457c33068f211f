"""The area under the ROC curve of each user over all candidates, by counting instead of sorting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.values import Histories


def area(
    scores: NDArray[np.float32], relevant: Histories, seen: Histories, candidates: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The chance that a relevant candidate scores above another one, ties counting half: float64 [B].

    Candidates are those of `candidates` (bool [N]) that the user has not seen; all other items stand at -inf in
    `scores` (B x N). NaN where a user has no relevant or no other candidate. With P relevant candidates, the pairs
    among themselves add P^2 / 2 to the count over all candidates (Mann and Whitney, Annals of Mathematical Statistics
    18(1), 1947), so one pass over the row for each of them is enough.
    """
    n_users, n_items = scores.shape
    seen_keys = np.unique(seen.keys()[candidates[seen.item_rows]])
    n_in = np.count_nonzero(candidates) - np.bincount(seen_keys // n_items, minlength=n_users)
    keys = relevant.keys()[candidates[relevant.item_rows]]
    keys = np.setdiff1d(keys, seen_keys, assume_unique=True)
    users, items = np.divmod(keys, n_items)
    thresholds = scores[users, items]
    below, not_above = _counts(scores, users, thresholds)
    n_out = n_items - n_in[users]
    below = np.where(thresholds > -np.inf, below - n_out, 0)
    n_relevant = np.bincount(users, minlength=n_users)
    wins = np.bincount(users, weights=(below + not_above - n_out) / 2.0, minlength=n_users) - n_relevant**2 / 2.0
    pairs = n_relevant * (n_in - n_relevant)
    return np.divide(wins, pairs, out=np.full(n_users, np.nan), where=pairs > 0)


def _counts(
    scores: NDArray[np.float32], users: NDArray[np.int64], thresholds: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many scores of each user's row are below, and how many not above, each threshold.

    One row at a time stays in the cache, which is faster than comparing blocks.
    """
    below, not_above = np.empty(len(users), np.int64), np.empty(len(users), np.int64)
    flags = np.empty(scores.shape[1], dtype=np.bool_)
    for place, (user, threshold) in enumerate(zip(users, thresholds, strict=True)):
        below[place] = np.count_nonzero(np.less(scores[user], threshold, out=flags))
        not_above[place] = np.count_nonzero(np.less_equal(scores[user], threshold, out=flags))
    return below, not_above
