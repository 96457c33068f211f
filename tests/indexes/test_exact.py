"""Exact search agrees with sorting all products."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.indexes.exact import ExactIndex
from genre.values import Embeddings


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 8), st.integers(1, 70), st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_equals_a_full_sort_with_ties_in_row_order(seed, n_rows, n_queries, k, share):
    random = np.random.default_rng(seed)
    vectors = random.integers(-2, 3, (n_rows, 3)).astype(np.float32)
    queries = random.integers(-2, 3, (n_queries, 3)).astype(np.float32)
    present, allowed = random.random(n_rows) < 0.8, random.random(n_rows) < share
    found = ExactIndex().build(Embeddings(vectors, present)).search(queries, k, allowed)
    for row, query in enumerate(queries):
        scores = np.where(present & allowed, vectors @ query, -np.inf)
        order = np.argsort(-scores, kind="stable")[:k]
        order = order[np.isfinite(scores[order])]
        assert found.item_rows[row, : len(order)].tolist() == order.tolist()
        assert (found.item_rows[row, len(order) :] == -1).all()


@pytest.mark.parametrize("block", [1, 7, 10_000])
def test_blocks_make_no_difference(monkeypatch, block):
    random = np.random.default_rng(0)
    table = Embeddings(random.standard_normal((50, 4), dtype=np.float32), np.ones(50, dtype=bool))
    queries = random.standard_normal((9, 4), dtype=np.float32)
    expected = ExactIndex().build(table).search(queries, 5)
    monkeypatch.setattr("genre.indexes._blocks.BLOCK", block)
    found = ExactIndex().build(table).search(queries, 5)
    assert np.array_equal(found.item_rows, expected.item_rows)


def test_says_that_it_is_exact():
    index = ExactIndex().build(Embeddings(np.eye(3, dtype=np.float32), np.array([True, False, True])))
    health = index.health.to_dict()
    assert (health["type"], health["n_rows"], health["is_exact"], health["recall"]) == ("exact", 2, True, 1.0)
