"""The graph finds nearly all, follows changes, and is caught where it finds too little."""

import builtins
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.core.artifacts import State
from genre.core.errors import BundleError, MissingExtraError
from genre.core.slot import ComponentError, Slot
from genre.indexes._graph import Graph
from genre.indexes.exact import ExactIndex
from genre.indexes.usearch import UsearchConfig, UsearchIndex
from genre.testing.indexes import recall
from genre.values import Embeddings

N, D = 4_000, 24


def table(kind, n_rows=N, seed=0):
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((n_rows, D), dtype=np.float32)
    if kind != "random":
        vectors = 3 * random.standard_normal((40, D), dtype=np.float32)[random.integers(0, 40, n_rows)] + vectors
    if kind == "lengths":
        vectors *= random.lognormal(0, 0.5, (n_rows, 1)).astype(np.float32)
    return Embeddings(vectors, np.ones(n_rows, dtype=bool))


def queries(of, n=100):
    random = np.random.default_rng(1)
    rows = of.vectors[random.integers(0, len(of), n)]
    return rows + random.standard_normal(rows.shape, dtype=np.float32)


def built(of, **fields):
    return UsearchIndex(UsearchConfig(**{"exact_below": 0, **fields})).build(of)


@pytest.mark.parametrize(("kind", "least"), [("clustered", 0.98), ("lengths", 0.98), ("random", 0.95)])
def test_finds_what_exact_search_finds(kind, least):
    of = table(kind)
    index, asked = built(of), queries(of)
    assert recall(index.search(asked, 10), asked @ of.vectors.T, of.present) >= least
    assert not index.health.is_exact and index.health.recall >= 0.95


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40), st.integers(0, 1_000)), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_any_run_of_changes_against_brute_force(changes):
    """Adds, replacements and removals; no removed row is found, and what exact search finds is found."""
    of = table("clustered", 600)
    index = built(of, recheck_share=0.2)
    for kind, n, seed in changes:
        random = np.random.default_rng(seed)
        vectors, present = of.vectors, of.present
        rows = random.choice(len(of), n, replace=False)
        if kind == 0:
            rows = np.arange(len(of), len(of) + n)
            vectors, present = np.pad(vectors, ((0, n), (0, 0))), np.pad(present, (0, n))
        vectors, present = vectors.copy(), present.copy()
        vectors[rows], present[rows] = 2 * random.standard_normal((n, D), dtype=np.float32), kind < 2
        of = Embeddings(vectors, present)
        index = index.following(of, rows)
        asked = queries(of, 20)
        found = index.search(asked, 10)
        assert present[found.item_rows].all()
        assert recall(found, asked @ vectors.T, present) >= 0.9
        assert np.array_equal(index.search(asked, 10, ~present).item_rows, np.full((20, 10), -1))


def test_what_changed_last_is_found_whatever_the_graph_says(monkeypatch):
    of = table("clustered")
    index = built(of, recheck_share=1.0)
    monkeypatch.setattr(Graph, "put", lambda *_, **__: None)
    vectors = np.concatenate([of.vectors, 50 * np.ones((1, D), dtype=np.float32)])
    grown = index.following(Embeddings(vectors, np.ones(N + 1, dtype=bool)), np.array([N]))
    assert grown.search(np.ones((1, D), dtype=np.float32), 3).item_rows[0, 0] == N


def test_two_that_follow_one_keep_apart():
    of = table("clustered", 1_000)
    index = built(of, recheck_share=1.0)
    first, second = of.vectors.copy(), of.vectors.copy()
    first[7], second[9] = 40.0, -40.0
    left = index.following(Embeddings(first, of.present), np.array([7]))
    right = index.following(Embeddings(second, of.present), np.array([9]))
    for found, at in ((left, first), (right, second)):
        asked = queries(of, 40)
        assert recall(found.search(asked, 10), asked @ at.T, of.present) >= 0.98
        again = UsearchIndex(found.config).reopen(Embeddings(at, of.present), found.state())
        assert recall(again.search(asked, 10), asked @ at.T, of.present) >= 0.98
    assert index.search(of.vectors[[7]], 1).scores[0, 0] >= of.vectors[7] @ of.vectors[7] - 1e-3


@pytest.mark.parametrize(("share", "least"), [(0.5, 0.98), (0.05, 0.94), (0.005, 1.0)])
def test_filters_leave_full_lists_of_the_best(share, least):
    of = table("clustered")
    index, asked = built(of), queries(of, 30)
    allowed = np.random.default_rng(0).random(N) < share
    found = index.search(asked, 10, allowed)
    assert allowed[found.item_rows[found.item_rows >= 0]].all()
    assert recall(found, asked @ of.vectors.T, allowed) >= least
    assert ((found.item_rows >= 0).sum(axis=1) == min(10, allowed.sum())).all()


def test_a_filter_against_the_query_is_filled_by_exact_search():
    """The graph's candidates are all of the query's own cluster, none of which is allowed."""
    of = table("clustered")
    index, query = built(of), of.vectors[:1]
    products = of.vectors @ query[0]
    allowed = products < np.median(products)
    exact = ExactIndex().build(of).search(query, 10, allowed)
    assert np.array_equal(index.search(query, 10, allowed).item_rows, exact.item_rows)


def test_what_changed_last_does_not_pass_for_the_best():
    """The nearest are not allowed and far-off rows have just come: the best of the others are found all the same."""
    of = table("clustered")
    vectors = np.concatenate([of.vectors, -of.vectors[:300]])
    index = built(of, recheck_share=1.0).following(
        Embeddings(vectors, np.ones(N + 300, dtype=bool)), np.arange(N, N + 300)
    )
    query = of.vectors[:1]
    allowed = np.ones(N + 300, dtype=bool)
    allowed[np.argsort(-(vectors @ query[0]))[:300]] = False
    products = query @ vectors.T
    assert recall(index.search(query, 10, allowed), products, allowed) >= 0.8


def test_a_history_of_the_nearest_rows_costs_no_full_search(monkeypatch):
    of = table("clustered")
    index, query, allowed = built(of), of.vectors[:1], np.ones(N, dtype=bool)
    allowed[np.argsort(-(of.vectors @ of.vectors[0]))[:30]] = False
    monkeypatch.setattr(UsearchIndex, "exactly", None)
    assert recall(index.search(query, 10, allowed), query @ of.vectors.T, allowed) == 1.0


def test_too_little_effort_is_raised():
    of = table("random")
    health = built(of, effort=1, connectivity=4, min_recall=0.9).health
    assert health.effort > 1 and health.recall >= 0.9 and not health.is_exact


def test_a_graph_of_other_vectors_is_caught_and_everything_compared(monkeypatch, caplog):
    of, put = table("clustered"), Graph.put

    def shuffled(self, rows, vectors, threads=1):
        put(self, rows, np.random.default_rng(0).permutation(vectors), threads)

    monkeypatch.setattr(Graph, "put", shuffled)
    with caplog.at_level(logging.WARNING, "genre.indexes"):
        index = built(of)
    assert index.health.is_exact and index.health.recall < 0.5 and index.health.effort is None
    (record,) = caplog.records
    assert "every row is compared" in record.getMessage() and "max_effort" in record.getMessage()
    expected = ExactIndex().build(of).search(queries(of), 10)
    assert np.array_equal(index.search(queries(of), 10).item_rows, expected.item_rows)


def test_a_graph_that_is_good_no_more_is_caught_when_it_has_grown(monkeypatch, caplog):
    of = table("clustered", 1_000)
    index = built(of, recheck_share=0.5)
    monkeypatch.setattr(Graph, "put", lambda *_, **__: None)
    more = table("clustered", 3_000)
    with caplog.at_level(logging.WARNING, "genre.indexes"):
        grown = index.following(more, np.arange(1_000, 3_000))
    assert grown.health.is_exact and caplog.records and not index.health.is_exact


def test_ties_are_no_misses():
    """Copies of a row are as good as the row."""
    vectors = np.repeat(table("clustered", 50).vectors, 40, axis=0)
    assert built(Embeddings(vectors, np.ones(2_000, dtype=bool))).health.recall == 1.0


def test_the_same_graph_every_time():
    of = table("random", 1_500)
    first, second = (built(of).state().arrays["graph"] for _ in range(2))
    assert np.array_equal(first, second)


def test_few_rows_are_compared_without_the_graph(monkeypatch):
    index = built(table("random", 500), exact_below=500)
    monkeypatch.setattr(Graph, "near", None)
    assert (index.search(queries(table("random", 500)), 5).item_rows >= 0).all()


def test_states_of_other_tables_and_broken_ones_are_refused():
    of = table("random", 300)
    state, fresh = built(of).state(), UsearchIndex()
    with pytest.raises(BundleError, match="300 rows, not 299"):
        fresh.reopen(Embeddings(of.vectors[:-1], of.present[:-1]), state)
    with pytest.raises(BundleError, match="24 numbers, not 12"):
        fresh.reopen(Embeddings(of.vectors[:, :12], of.present), state)
    broken = State(state.meta, {**state.arrays, "graph": state.arrays["graph"][:10]})
    with pytest.raises(BundleError, match="cannot be read"):
        fresh.reopen(of, broken)


def test_the_package_is_named_where_it_is_missing(monkeypatch):
    load = builtins.__import__

    def without(name, *rest):
        if name.startswith("usearch"):
            raise ModuleNotFoundError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'pip install "genre\[ann\]"'):
        built(table("random", 10))


@pytest.mark.parametrize(
    ("fields", "place"),
    [({"min_recall": 0}, "min_recall"), ({"connectivity": 1}, "connectivity"), ({"efort": 3}, "efort")],
)
def test_fields_have_ranges(fields, place):
    with pytest.raises(ComponentError) as caught:
        Slot("indexes").parse({"type": "usearch", **fields})
    assert caught.value.inner.errors()[0]["loc"] == (place,)
