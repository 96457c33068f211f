"""Each ranker against what its recipe line promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from genre.config.recipe import RANKERS
from genre.core.errors import RecipeError
from genre.ranking import rank
from genre.ranking.base import RankingContext
from genre.values import Catalog, Embeddings, Histories, Rankings, Vocabulary

N = 6
OUT = -np.inf


def catalog() -> Catalog:
    items = Vocabulary([f"i{row}" for row in range(N)])
    table = pl.DataFrame(
        {
            "item_id": items.ids,
            "year": [1990, 1995, None, 2001, 2010, 1995],
            "kind": ["film", "film", "show", None, "show", "clip"],
            "genres": [["a", "b"], ["b"], [], None, ["c"], ["a"]],
            "free": [True, False, True, None, False, True],
            "day": pl.Series([None, "2001-02-03", "1999-01-01", None, "2020-05-05", "2001-02-04"]).str.to_date(),
        }
    )
    return Catalog(items, Vocabulary(["u"]), table)


def context(seen: list[list[int]], vectors: np.ndarray | None = None) -> RankingContext:
    embeddings = None if vectors is None else Embeddings(vectors.astype(np.float32), vectors.any(axis=1))
    return RankingContext(Histories.of(seen, N), catalog(), embeddings)


def scores(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_exclude_seen_never_lists_the_history() -> None:
    block = scores([9, 8, 7, 6, 5, 4], [1, 2, 3, 4, 5, 6])
    got = rank(block, [RANKERS.build("exclude_seen")], 6, context([[0, 2, 0], []]))
    assert got.item_rows.tolist() == [[1, 3, 4, 5, -1, -1], [5, 4, 3, 2, 1, 0]]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"column": "kind", "equals": "film"}, [0, 1]),
        ({"column": "kind", "one_of": ["show", "clip"]}, [2, 4, 5]),
        ({"column": "year", "equals": 1995}, [1, 5]),
        ({"column": "year", "at_least": 1995}, [1, 3, 4, 5]),
        ({"column": "year", "at_least": 1995, "at_most": 2001}, [1, 3, 5]),
        ({"column": "genres", "contains": "a"}, [0, 5]),
        ({"column": "kind", "contains": "i"}, [0, 1, 5]),
        ({"column": "free", "equals": True}, [0, 2, 5]),
        ({"column": "day", "at_most": "2001-02-03"}, [1, 2]),
    ],
)
def test_filter_keeps_what_fulfils_every_condition(condition: dict[str, Any], kept: list[int]) -> None:
    ranker = RANKERS.build({"type": "filter", **condition})
    got = rank(np.zeros((1, N), np.float32), [ranker], N, context([[]]))
    assert [item for item in got.item_rows[0].tolist() if item >= 0] == kept


def test_filter_names_the_nearest_column() -> None:
    ranker = RANKERS.build({"type": "filter", "column": "yaer", "at_least": 1995})
    with pytest.raises(RecipeError, match=r"no column 'yaer'\. Did you mean 'year'\?"):
        ranker.adjust(np.zeros((1, N), np.float32), context([[]]))


@pytest.mark.parametrize(
    "condition",
    [
        {"column": "year", "equals": "new"},
        {"column": "year", "contains": 1995},
        {"column": "genres", "equals": "a"},
        {"column": "free", "at_least": 1},
    ],
)
def test_filter_refuses_conditions_that_do_not_fit_the_column(condition: dict[str, Any]) -> None:
    ranker = RANKERS.build({"type": "filter", **condition})
    with pytest.raises(RecipeError, match=f"does not fit column '{condition['column']}', which holds"):
        ranker.adjust(np.zeros((1, N), np.float32), context([[]]))


def test_filter_without_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="1 faults"):
        RANKERS.build({"type": "filter", "column": "year"})


@pytest.mark.parametrize("temperature", [0.1, 1.0, 30.0])
def test_softmax_gives_probabilities_of_all_that_is_in(temperature: float) -> None:
    block = scores([3, 1, OUT, 2, 0.5, -4], [OUT] * 6, [1e30, 0, 0, 0, 0, 0])
    expected = np.exp((block[0] - 3.0) / temperature)
    ranker = RANKERS.build({"type": "softmax", "temperature": temperature})
    got = rank(block, [ranker], N, context([[], [], []]))
    assert got.item_rows[0].tolist() == [0, 3, 1, 4, 5, -1]
    np.testing.assert_allclose(got.scores[0, :5], np.sort(expected)[::-1][:5] / expected.sum(), rtol=1e-5)
    assert got.scores[0, :5].sum() == pytest.approx(1.0, abs=1e-6)
    assert (got.item_rows[1] == -1).all()
    assert got.scores[2, 0] == pytest.approx(1.0)


def test_top_k_shortens_lists_to_its_k() -> None:
    got = rank(scores([1, 2, 3, 4, 5, 6]), [RANKERS.build({"type": "top_k", "k": 2})], 4, context([[]]))
    assert got.item_rows.tolist() == [[5, 4, -1, -1]]


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
def test_mmr_equals_its_definition(diversity: float) -> None:
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


def test_mmr_in_small_steps_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    vectors, block = random.normal(size=(N, 3)), random.normal(size=(7, N)).astype(np.float32)
    ranker = RANKERS.build({"type": "mmr", "diversity": 0.6})
    whole: Rankings = rank(block.copy(), [ranker], 3, context([[]] * 7, vectors))
    monkeypatch.setattr("genre.ranking.mmr.FLOATS_AT_ONCE", 1)
    np.testing.assert_array_equal(rank(block, [ranker], 3, context([[]] * 7, vectors)).item_rows, whole.item_rows)


def test_mmr_needs_vectors() -> None:
    with pytest.raises(RecipeError, match="'mmr' needs item vectors"):
        rank(np.zeros((1, N), np.float32), [RANKERS.build("mmr")], 2, context([[]]))


def test_rankers_run_in_the_order_of_the_recipe() -> None:
    chain = [RANKERS.build("exclude_seen"), RANKERS.build("softmax"), RANKERS.build({"type": "top_k", "k": 3})]
    got = rank(scores([5, 1, 1, 1, 0, 0]), chain, 3, context([[0]]))
    assert got.item_rows.tolist() == [[1, 2, 3]]
    np.testing.assert_allclose(got.scores[0], np.e / (3 * np.e + 2), rtol=1e-6)
