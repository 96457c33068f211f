"""`exclude_seen` takes out the history and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

from genre.config.recipe import RANKERS
from genre.ranking import rank


def test_exclude_seen_never_lists_the_history(context: Any) -> None:
    block = np.array([[9, 8, 7, 6, 5, 4], [1, 2, 3, 4, 5, 6]], dtype=np.float32)
    got = rank(block, [RANKERS.build("exclude_seen")], 6, context([[0, 2, 0], []]))
    assert got.item_rows.tolist() == [[1, 3, 4, 5, -1, -1], [5, 4, 3, 2, 1, 0]]
