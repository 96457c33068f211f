"""Rankers one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.config.recipe import RANKERS
from genre.ranking import rank


def test_rankers_run_in_the_order_of_the_recipe(context: Any) -> None:
    chain = [RANKERS.build("exclude_seen"), RANKERS.build("softmax"), RANKERS.build({"type": "top_k", "k": 3})]
    got = rank(np.array([[5, 1, 1, 1, 0, 0]], dtype=np.float32), chain, 3, context([[0]]))
    assert got.item_rows.tolist() == [[1, 2, 3]]
    np.testing.assert_allclose(got.scores[0], np.e / (3 * np.e + 2), rtol=1e-6)
