"""`gini` against its other definition, the mean absolute difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_gini_of_equal_and_single_exposure(judgement_of: Any, measure: Any) -> None:
    assert measure("gini", judgement_of([[0, 1], [2, 3]], [[0]] * 2, 4), 2) == pytest.approx(0.0)
    assert measure("gini", judgement_of([[3], [3]], [[0]] * 2, 4), 1) == pytest.approx(3 / 4)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lists=st.lists(st.lists(st.integers(0, 7), unique=True, min_size=1, max_size=5), min_size=1, max_size=6),
    k=st.integers(1, 6),
)
def test_gini_is_mean_absolute_difference(judgement_of: Any, measure: Any, lists: list[list[int]], k: int) -> None:
    counts = np.bincount([item for items in lists for item in items[:k]], minlength=8)
    expected = np.abs(counts[:, None] - counts[None, :]).sum() / (2 * 8 * counts.sum())
    assert measure("gini", judgement_of(lists, [[0]] * len(lists), 8), k) == pytest.approx(expected)
