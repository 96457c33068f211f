"""`ndcg` against hand-worked values and ranx."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.values import Judgement


def test_by_hand(three_users: Judgement, measure: Any) -> None:
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    expected = [(1 + 1 / np.log2(4)) / ideal, 0.0, 1 / np.log2(3)]
    np.testing.assert_allclose(measure("ndcg", three_users, 4), expected, atol=1e-12)


def test_equals_ranx(equals_ranx: Any) -> None:
    assert equals_ranx("ndcg", "ndcg") >= 25
