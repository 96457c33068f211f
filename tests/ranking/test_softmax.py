"""`softmax` gives probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from genre.config.recipe import RANKERS
from genre.ranking import rank

N, OUT = 6, -np.inf


@pytest.mark.parametrize("temperature", [0.1, 1.0, 30.0])
def test_softmax_gives_probabilities_of_all_that_is_in(context: Any, temperature: float) -> None:
    block = np.array([[3, 1, OUT, 2, 0.5, -4], [OUT] * 6, [1e30, 0, 0, 0, 0, 0]], dtype=np.float32)
    expected = np.exp((block[0] - 3.0) / temperature)
    ranker = RANKERS.build({"type": "softmax", "temperature": temperature})
    got = rank(block, [ranker], N, context([[], [], []]))
    assert got.item_rows[0].tolist() == [0, 3, 1, 4, 5, -1]
    np.testing.assert_allclose(got.scores[0, :5], np.sort(expected)[::-1][:5] / expected.sum(), rtol=1e-5)
    assert got.scores[0, :5].sum() == pytest.approx(1.0, abs=1e-6)
    assert (got.item_rows[1] == -1).all()
    assert got.scores[2, 0] == pytest.approx(1.0)
