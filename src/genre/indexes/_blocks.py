"""Exact search, some queries and all rows at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.values import Rankings
from genre.values.top import top

BLOCK = 1 << 23
"""Scores (32 MiB) that are held at once."""
FEW = 8
"""Where less than one row in so many is asked for, only those are read."""


def blockwise(vectors: NDArray[np.float32], mask: NDArray[np.bool_], queries: NDArray[np.float32], k: int) -> Rankings:
    """The k rows of `vectors` (N x D) within `mask` (bool [N]) with the largest inner product, for B queries B x D.

    Equal scores stand in the order of their rows.
    """
    n_kept = int(np.count_nonzero(mask))
    if n_kept * FEW < len(vectors):
        rows = np.flatnonzero(mask)
        found = _all(vectors[rows], None, queries, k)
        listed = found.item_rows >= 0
        return Rankings(np.where(listed, _taken(rows, found.item_rows), -1).astype(np.int32), found.scores)
    return _all(vectors, None if n_kept == len(vectors) else ~mask, queries, k)


def _all(vectors: NDArray[np.float32], out: NDArray[np.bool_] | None, queries: NDArray[np.float32], k: int) -> Rankings:
    step = max(BLOCK // max(len(vectors), 1), 1)
    parts = [_block(vectors, out, queries[start : start + step], k) for start in range(0, max(len(queries), 1), step)]
    return Rankings.joined(parts)


def _block(
    vectors: NDArray[np.float32], out: NDArray[np.bool_] | None, queries: NDArray[np.float32], k: int
) -> Rankings:
    if not len(vectors) or not len(queries):
        shape = (len(queries), k)
        return Rankings(np.full(shape, -1, dtype=np.int32), np.full(shape, -np.inf, dtype=np.float32))
    scores = queries @ vectors.T
    if out is not None:
        np.copyto(scores, np.float32(-np.inf), where=out)
    return top(scores, k)


def _taken(rows: NDArray[np.int64], places: NDArray[np.int32]) -> NDArray[np.int64]:
    return rows[np.maximum(places, 0)] if len(rows) else np.full(places.shape, -1, dtype=np.int64)
