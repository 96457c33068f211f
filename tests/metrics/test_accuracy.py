"""Metrics of hits agree with ranx, user by user, and with values worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ranx import Qrels, Run, evaluate

from genre.config.recipe import METRICS
from genre.values import Judgement

RANX = {
    "recall": "recall",
    "precision": "precision",
    "f1": "f1",
    "hit_rate": "hit_rate",
    "ndcg": "ndcg",
    "map": "map",
    "mrr": "mrr",
}
N_ITEMS = 30
ITEMS = st.lists(st.integers(0, N_ITEMS - 1), unique=True, max_size=12)
USERS = st.lists(st.tuples(ITEMS, ITEMS.filter(bool)), min_size=1, max_size=6).filter(lambda u: any(x[0] for x in u))


def by_ranx(name: str, lists: list[list[int]], truth: list[list[int]], k: int) -> np.ndarray:
    """ranx has no users without a list, so such users get one item that is nobody's."""
    qrels = Qrels({f"u{user:02}": {f"i{item}": 1 for item in items} for user, items in enumerate(truth)})
    padded = [items or [N_ITEMS] for items in lists]
    run = Run({f"u{u:02}": {f"i{item}": 99.0 - r for r, item in enumerate(items)} for u, items in enumerate(padded)})
    return np.asarray(evaluate(qrels, run, f"{name}@{k}", return_mean=False, make_comparable=True))


@pytest.mark.parametrize("name", RANX)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(users=USERS, k=st.integers(1, 14))
def test_equals_ranx(name: str, judgement_of: Callable[..., Judgement], users: list, k: int) -> None:
    lists, truth = [user[0] for user in users], [user[1] for user in users]
    ours = METRICS.build(name).measure(judgement_of(lists, truth, N_ITEMS + 1), k)
    np.testing.assert_allclose(ours, by_ranx(RANX[name], lists, truth, k), atol=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("recall", [2 / 3, 0.0, 1.0]),
        ("precision", [2 / 4, 0.0, 1 / 4]),
        ("f1", [4 / 7, 0.0, 2 / 5]),
        ("hit_rate", [1.0, 0.0, 1.0]),
        ("map", [(1 / 1 + 2 / 3) / 3, 0.0, 1 / 2]),
        ("mrr", [1.0, 0.0, 1 / 2]),
        ("ndcg", [(1 + 1 / 2) / (1 + 1 / np.log2(3) + 1 / 2), 0.0, 1 / np.log2(3)]),
    ],
)
def test_golden(name: str, expected: list[float], judgement_of: Callable[..., Judgement]) -> None:
    lists, truth = [[3, 0, 5, 1, 7], [1, 2, 3, 4, 9], [6, 2]], [[3, 5, 7], [9], [2]]
    got = METRICS.build(name).measure(judgement_of(lists, truth, 10), 4)
    np.testing.assert_allclose(got, expected, atol=1e-12)
