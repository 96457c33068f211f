"""`recall` against hand-worked values and ranx."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.values import Judgement


def test_by_hand(three_users: Judgement, measure: Any) -> None:
    np.testing.assert_allclose(measure("recall", three_users, 4), [2 / 3, 0.0, 1.0], atol=1e-12)


def test_equals_ranx(equals_ranx: Any) -> None:
    assert equals_ranx("recall", "recall") >= 25
