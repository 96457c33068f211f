"""`diversity` against all pairs, one by one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity


def test_diversity_is_mean_pairwise_cosine_distance(judgement_of: Any, measure: Any) -> None:
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


def test_diversity_without_vectors_is_undefined(judgement_of: Any, measure: Any) -> None:
    assert np.isnan(measure("diversity", judgement_of([[0, 1]], [[0]], 3), 2)).all()
