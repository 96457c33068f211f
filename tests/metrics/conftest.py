"""Judgements made from plain lists, metrics by name, and ranx to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.config.recipe import METRICS
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


@pytest.fixture
def measure() -> Callable[[str, Judgement, int], np.ndarray]:
    def by_name(name: str, judgement: Judgement, k: int) -> np.ndarray:
        return METRICS.build(name).measure(judgement, k)

    return by_name


N_ITEMS = 30
ITEMS = st.lists(st.integers(0, N_ITEMS - 1), unique=True, max_size=12)
USERS = st.lists(st.tuples(ITEMS, ITEMS.filter(bool)), min_size=1, max_size=6).filter(lambda u: any(x[0] for x in u))


def by_ranx(name: str, items: list[int], truth: list[int], k: int) -> float:
    """The metric of one list, by the function that ranx runs for each query.

    ranx knows no empty list, so such a user gets one item that is nobody's.
    """
    qrels = np.array([[item, 1.0] for item in sorted(truth)])
    run = np.array([[item, 99.0 - place] for place, item in enumerate(items or [N_ITEMS])])
    jarvelin = (True,) if name == "ndcg" else ()
    return float(getattr(import_module(f"ranx.metrics.{name}"), f"_{name}").py_func(qrels, run, k, 1, *jarvelin))


@pytest.fixture
def equals_ranx() -> Callable[[str, str], int]:
    """equals_ranx(our word, their word): both give every user the same, whatever the lists; of how many users."""

    def check(ours: str, theirs: str) -> int:
        compared = []

        @settings(max_examples=25, deadline=None)
        @given(users=USERS, k=st.integers(1, 14))
        def for_any_lists(users: list[tuple[list[int], list[int]]], k: int) -> None:
            judgement = make_judgement([items for items, _ in users], [truth for _, truth in users], N_ITEMS + 1)
            expected = [by_ranx(theirs, items, truth, k) for items, truth in users]
            np.testing.assert_allclose(METRICS.build(ours).measure(judgement, k), expected, atol=1e-12)
            compared.append(len(users))

        for_any_lists()
        return sum(compared)

    return check


@pytest.fixture
def three_users() -> Judgement:
    """Hits at ranks 1 and 3 of three relevant items; one beyond rank 4; one at rank 2 of a short list."""
    return make_judgement([[3, 0, 5, 1, 7], [1, 2, 3, 4, 9], [6, 2]], [[3, 5, 8], [9], [2]], 10)
