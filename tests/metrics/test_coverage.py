"""`coverage` against counting."""

from __future__ import annotations

from typing import Any

import pytest


def test_coverage_counts_distinct_listed_candidates(judgement_of: Any, measure: Any) -> None:
    judgement = judgement_of([[0, 1, 2], [0, 3, 4]], [[0], [0]], 8)
    assert measure("coverage", judgement, 2) == pytest.approx(3 / 8)
    only_some = judgement_of([[0, 1], [1]], [[0], [0]], 8, candidates=[True] * 4 + [False] * 4)
    assert measure("coverage", only_some, 2) == pytest.approx(2 / 4)
