"""`mmr` against its definition, one item at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from genre.config.recipe import RANKERS
from genre.core.errors import RecipeError
from genre.ranking import rank
from genre.values import Rankings

N, OUT = 6, -np.inf


def mmr_by_definition(row: np.ndarray, vectors: np.ndarray, diversity: float, depth: int, k: int) -> list[int]:
    """The greedy choice of Carbonell and Goldstein, one item at a time."""
    left = sorted((i for i in range(len(row)) if row[i] > OUT), key=lambda i: (-row[i], i))[:depth]
    high, low = max(row[left]), min(row[left])
    norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    cosine = (vectors / norms) @ (vectors / norms).T
    chosen: list[int] = []
    while left and len(chosen) < k:
        gains = [
            (1 - diversity) * (row[i] - low) / (high - low)
            - diversity * (max(cosine[i, j] for j in chosen) if chosen else 0.0)
            for i in left
        ]
        chosen.append(left.pop(int(np.argmax(gains))))
    return chosen


@pytest.mark.parametrize("diversity", [0.0, 0.3, 0.8])
def test_mmr_equals_its_definition(context: Any, diversity: float) -> None:
    random = np.random.default_rng(5)
    block = random.normal(size=(8, N)).astype(np.float32)
    block[1, :4] = OUT
    vectors = random.normal(size=(N, 3))
    vectors[3] = 0.0
    ranker = RANKERS.build({"type": "mmr", "diversity": diversity, "candidates": 5})
    got = rank(block.copy(), [ranker], 4, context([[]] * 8, vectors))
    for row, items, listed in zip(block, got.item_rows, got.scores, strict=True):
        expected = mmr_by_definition(row, vectors, diversity, 5, 4)
        assert items[: len(expected)].tolist() == expected
        assert (items[len(expected) :] == -1).all()
        np.testing.assert_array_equal(listed[: len(expected)], row[expected])


def test_mmr_in_small_steps_gives_the_same(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    vectors, block = random.normal(size=(N, 3)), random.normal(size=(7, N)).astype(np.float32)
    ranker = RANKERS.build({"type": "mmr", "diversity": 0.6})
    whole: Rankings = rank(block.copy(), [ranker], 3, context([[]] * 7, vectors))
    monkeypatch.setattr("genre.ranking.mmr.FLOATS_AT_ONCE", 1)
    np.testing.assert_array_equal(rank(block, [ranker], 3, context([[]] * 7, vectors)).item_rows, whole.item_rows)


def test_mmr_needs_vectors(context: Any) -> None:
    with pytest.raises(RecipeError, match="'mmr' needs item vectors"):
        rank(np.zeros((1, N), np.float32), [RANKERS.build("mmr")], 2, context([[]]))
