"""`top_k` cuts."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.config.recipe import RANKERS
from genre.ranking import rank


def test_top_k_shortens_lists_to_its_k(context: Any) -> None:
    got = rank(
        np.array([[1, 2, 3, 4, 5, 6]], dtype=np.float32), [RANKERS.build({"type": "top_k", "k": 2})], 4, context([[]])
    )
    assert got.item_rows.tolist() == [[5, 4, -1, -1]]
