"""Metrics of what lists are like, against definitions written out pair by pair."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from genre.config.recipe import METRICS
from genre.values import Judgement

Make = Callable[..., Judgement]


def measure(name: str, judgement: Judgement, k: int) -> np.ndarray:
    return METRICS.build(name).measure(judgement, k)


def test_coverage_counts_distinct_listed_candidates(judgement_of: Make) -> None:
    judgement = judgement_of([[0, 1, 2], [0, 3, 4]], [[0], [0]], 8)
    assert measure("coverage", judgement, 2) == pytest.approx(3 / 8)
    only_some = judgement_of([[0, 1], [1]], [[0], [0]], 8, candidates=[True] * 4 + [False] * 4)
    assert measure("coverage", only_some, 2) == pytest.approx(2 / 4)


def test_novelty_is_mean_self_information(judgement_of: Make) -> None:
    judgement = judgement_of([[0, 1], [2], []], [[0]] * 3, 3, popularity=[8, 2, 0], n_train_users=16)
    got = measure("novelty", judgement, 2)
    np.testing.assert_allclose(got[:2], [(1 + 3) / 2, 4.0])
    assert np.isnan(got[2])


def test_gini_of_equal_and_single_exposure(judgement_of: Make) -> None:
    assert measure("gini", judgement_of([[0, 1], [2, 3]], [[0]] * 2, 4), 2) == pytest.approx(0.0)
    assert measure("gini", judgement_of([[3], [3]], [[0]] * 2, 4), 1) == pytest.approx(3 / 4)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lists=st.lists(st.lists(st.integers(0, 7), unique=True, min_size=1, max_size=5), min_size=1, max_size=6),
    k=st.integers(1, 6),
)
def test_gini_is_mean_absolute_difference(judgement_of: Make, lists: list[list[int]], k: int) -> None:
    counts = np.bincount([item for items in lists for item in items[:k]], minlength=8)
    expected = np.abs(counts[:, None] - counts[None, :]).sum() / (2 * 8 * counts.sum())
    assert measure("gini", judgement_of(lists, [[0]] * len(lists), 8), k) == pytest.approx(expected)


def test_diversity_is_mean_pairwise_cosine_distance(judgement_of: Make) -> None:
    random = np.random.default_rng(3)
    vectors = random.normal(size=(20, 6))
    vectors[4] = 0.0
    lists = [random.choice(20, size=size, replace=False).tolist() for size in (7, 5, 3)] + [[4, 1], [6]]
    got = measure("diversity", judgement_of(lists, [[0]] * 5, 20, vectors=vectors), 5)
    cosine = cosine_similarity(vectors)
    for user, items in enumerate(lists):
        pairs = list(combinations([item for item in items[:5] if item != 4], 2))
        expected = np.mean([1 - cosine[a, b] for a, b in pairs]) if pairs else np.nan
        assert got[user] == pytest.approx(expected, abs=1e-5, nan_ok=True)


def test_diversity_without_vectors_is_undefined(judgement_of: Make) -> None:
    assert np.isnan(measure("diversity", judgement_of([[0, 1]], [[0]], 3), 2)).all()


def test_auc_has_to_be_asked_for(judgement_of: Make) -> None:
    with pytest.raises(ValueError, match="auc"):
        measure("auc", judgement_of([[0, 1]], [[0]], 3), 2)
