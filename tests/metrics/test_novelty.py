"""`novelty` against hand-worked values."""

from __future__ import annotations

from typing import Any

import numpy as np


def test_novelty_is_mean_self_information(judgement_of: Any, measure: Any) -> None:
    judgement = judgement_of([[0, 1], [2], []], [[0]] * 3, 3, popularity=[8, 2, 0], n_train_users=16)
    got = measure("novelty", judgement, 2)
    np.testing.assert_allclose(got[:2], [(1 + 3) / 2, 4.0])
    assert np.isnan(got[2])
