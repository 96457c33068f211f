"""`precision` against hand-worked values and ranx."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.values import Judgement


def test_by_hand(three_users: Judgement, measure: Any) -> None:
    np.testing.assert_allclose(measure("precision", three_users, 4), [2 / 4, 0.0, 1 / 4], atol=1e-12)


def test_equals_ranx(equals_ranx: Any) -> None:
    assert equals_ranx("precision", "precision") >= 25
