"""Judgements made from plain lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from genre.values import Embeddings, Judgement, Rankings

Lists = Sequence[Sequence[int]]


def make_judgement(
    lists: Lists,
    truth: Lists,
    n_items: int,
    popularity: Sequence[int] | None = None,
    n_train_users: int = 10,
    vectors: np.ndarray | None = None,
    candidates: Sequence[bool] | None = None,
) -> Judgement:
    depth = max(len(items) for items in lists)
    rows = np.full((len(lists), depth), -1, dtype=np.int32)
    for user, items in enumerate(lists):
        rows[user, : len(items)] = items
    hits = np.array([[item in set(truth[user]) for item in row] for user, row in enumerate(rows)])
    return Judgement(
        rankings=Rankings(rows, np.where(rows >= 0, -np.arange(depth), -np.inf).astype(np.float32)),
        hits=hits,
        n_relevant=np.array([len(set(items)) for items in truth]),
        popularity=np.asarray(popularity if popularity is not None else np.ones(n_items, dtype=np.int64)),
        n_train_users=n_train_users,
        candidates=np.ones(n_items, dtype=bool) if candidates is None else np.asarray(candidates),
        vectors=None if vectors is None else Embeddings(vectors.astype(np.float32), vectors.any(axis=1)),
    )


@pytest.fixture
def judgement_of() -> Callable[..., Judgement]:
    return make_judgement
