"""The exact top of score blocks: whole rows, bounded extra memory, ties always broken the same way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import Fault, GenreError
from genre.values.rankings import Rankings

CHUNK = 1 << 22
"""Scores looked at in one go where ties at the cut are resolved."""


def top(scores: NDArray[np.float32], k: int) -> Rankings:
    """The k best items of each row of `scores` (B x N): lists of depth k.

    Equal scores stand in the order of their item rows, also where the cut goes through them. Items at -inf are never
    listed.

    Raises:
        GenreError: a score is NaN.
    """
    n = scores.shape[1]
    values, items = _largest(np.ascontiguousarray(scores, dtype=np.float32), min(k + 1, n))
    is_number = ~np.isnan(values).any(axis=1)
    if not is_number.all():
        raise _not_numbers(int((~is_number).sum()))
    _sort_ties(values, items)
    if n > k:
        _resolve_cut(scores, values, items, k)
    rows = np.full((len(scores), k), -1, dtype=np.int32)
    best = np.full((len(scores), k), -np.inf, dtype=np.float32)
    width = min(k, n)
    best[:, :width] = values[:, :width]
    rows[:, :width] = np.where(best[:, :width] > -np.inf, items[:, :width], -1)
    return Rankings(rows, best)


def _largest(scores: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Values and columns (B x k) of the largest entries, largest first; NaN counts as largest.

    In long rows only the k groups of columns with the largest maxima are searched: no other group can hold one of the
    k largest. A group is every G-th column, so that its maximum is taken over whole cache lines.
    """
    n_rows, n = scores.shape
    size = n // max(int((k * n) ** 0.5), 1)
    if size < 4:
        return _sorted_largest(scores, k)
    n_groups = n // size
    maxima = scores[:, : n_groups * size].reshape(n_rows, size, n_groups).max(axis=1)
    groups = np.argpartition(maxima, n_groups - k, axis=1)[:, n_groups - k :]
    members = (groups[:, None, :] + np.arange(0, n_groups * size, n_groups)[:, None]).reshape(n_rows, -1)
    rest = np.arange(n_groups * size, n)
    columns = np.concatenate([members, np.broadcast_to(rest, (n_rows, len(rest)))], axis=1)
    values, places = _sorted_largest(np.take_along_axis(scores, columns, axis=1), k)
    return values, np.take_along_axis(columns, places, axis=1)


def _sorted_largest(scores: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    cut = scores.shape[1] - k
    places = np.argpartition(scores, cut, axis=1)[:, cut:] if k else np.empty((len(scores), 0), np.int64)
    values = np.take_along_axis(scores, places, axis=1)
    order = np.argsort(-values, axis=1)
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(places, order, axis=1)


def _sort_ties(values: NDArray[np.float32], items: NDArray[np.int64]) -> None:
    """Put the items of equal scores in the order of their rows, in place."""
    tied = np.flatnonzero((values[:, 1:] == values[:, :-1]).any(axis=1))
    order = np.lexsort((items[tied], -values[tied]), axis=1)
    items[tied] = np.take_along_axis(items[tied], order, axis=1)


def _resolve_cut(scores: NDArray[np.float32], values: NDArray[np.float32], items: NDArray[np.int64], k: int) -> None:
    """Where places k and k + 1 tie, fill the tied places with the lowest of all item rows that have this score."""
    cut = values[:, k - 1]
    tied = np.flatnonzero((cut == values[:, k]) & (cut > -np.inf))
    n_above = (values[:, :k] > cut[:, None]).sum(axis=1)
    step = max(CHUNK // scores.shape[1], 1)
    for start in range(0, len(tied), step):
        part = tied[start : start + step]
        row, column = np.nonzero(scores[part] == cut[part, None])
        counts = np.bincount(row, minlength=len(part))
        place = n_above[part][row] + np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        kept = place < k
        items[part[row[kept]], place[kept]] = column[kept]


def _not_numbers(n_rows: int) -> GenreError:
    return GenreError(
        Fault(
            "recommender",
            f"gave scores that are no numbers (NaN) for {n_rows} histories.",
            "Its training has probably diverged: lower the learning rate or train with precision 32-true.",
        )
    )
