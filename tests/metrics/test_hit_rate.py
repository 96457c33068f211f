"""`hit_rate` against hand-worked values and ranx."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.values import Judgement


def test_by_hand(three_users: Judgement, measure: Any) -> None:
    np.testing.assert_allclose(measure("hit_rate", three_users, 4), [1.0, 0.0, 1.0], atol=1e-12)


def test_equals_ranx(equals_ranx: Any) -> None:
    assert equals_ranx("hit_rate", "hit_rate") >= 25
