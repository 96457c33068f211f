"""The exact top of a block of scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.core.errors import GenreError
from genre.ranking import rank
from genre.ranking.base import RankingContext
from genre.testing.data import tiny_dataset
from genre.values import Catalog, Histories
from genre.values.top import top


def by_sorting(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Every row sorted in full: higher score first, then the lower item row."""
    rows = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    best = np.take_along_axis(scores, order, axis=1)
    items = np.where(best > -np.inf, order, -1)
    missing = ((0, 0), (0, k - items.shape[1]))
    return np.pad(items, missing, constant_values=-1), np.pad(best, missing, constant_values=-np.inf)


@settings(max_examples=120, deadline=None)
@given(
    n_items=st.sampled_from([1, 2, 7, 64, 333, 2500]),
    k=st.sampled_from([1, 2, 10, 60]),
    n_levels=st.sampled_from([1, 2, 20, 10**6]),
    share_out=st.sampled_from([0.0, 0.2, 0.99]),
    seed=st.integers(0, 999),
)
def test_equals_a_full_sort(n_items: int, k: int, n_levels: int, share_out: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = (random.integers(0, n_levels, (6, n_items)) - n_levels // 2).astype(np.float32)
    scores[random.random(scores.shape) < share_out] = -np.inf
    items, best = by_sorting(scores, k)
    got = top(scores, k)
    np.testing.assert_array_equal(got.item_rows, items)
    np.testing.assert_array_equal(got.scores, best)


def test_ties_at_the_cut_are_resolved_in_small_chunks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genre.values.top.CHUNK", 100)
    scores = np.random.default_rng(0).integers(0, 3, (9, 50)).astype(np.float32)
    np.testing.assert_array_equal(top(scores, 20).item_rows, by_sorting(scores, 20)[0])


def test_a_list_without_candidates_is_empty() -> None:
    got = top(np.full((2, 5), -np.inf, dtype=np.float32), 3)
    assert (got.item_rows == -1).all()
    assert not np.isfinite(got.scores).any()


@pytest.mark.parametrize("n_items", [4, 3000])
def test_a_score_that_is_no_number_is_refused(n_items: int) -> None:
    scores = np.zeros((3, n_items), dtype=np.float32)
    scores[1, n_items // 2] = np.nan
    with pytest.raises(GenreError, match=r"NaN.* 1 histories"):
        rank(scores, (), 2, RankingContext(Histories.of([[]] * 3, n_items), tiny_dataset().catalog))


def test_lists_are_as_deep_as_asked_even_when_items_run_out() -> None:
    catalog: Catalog = tiny_dataset().catalog
    scores = np.arange(24, dtype=np.float32)[None, :].copy()
    got = rank(scores, (), 30, RankingContext(Histories.of([[]], 24), catalog))
    assert got.depth == 30
    assert got.item_rows[0, :24].tolist() == list(range(23, -1, -1))
    assert (got.item_rows[0, 24:] == -1).all()
