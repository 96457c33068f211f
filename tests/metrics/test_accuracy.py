"""Metrics of hits agree with ranx, user by user, and with values worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genre.config.recipe import METRICS
from genre.values import Judgement

RANX = {
    "recall": "recall",
    "precision": "precision",
    "f1": "f1",
    "hit_rate": "hit_rate",
    "map": "average_precision",
    "mrr": "reciprocal_rank",
    "ndcg": "ndcg",
}
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
    module = import_module(f"ranx.metrics.{RANX[name]}")
    return float(getattr(module, f"_{RANX[name]}").py_func(qrels, run, k, 1, *jarvelin))


@pytest.mark.parametrize("name", RANX)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(users=USERS, k=st.integers(1, 14))
def test_equals_ranx(name: str, judgement_of: Callable[..., Judgement], users: list, k: int) -> None:
    lists, truth = [user[0] for user in users], [user[1] for user in users]
    ours = METRICS.build(name).measure(judgement_of(lists, truth, N_ITEMS + 1), k)
    theirs = [by_ranx(name, items, true, k) for items, true in users]
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


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
