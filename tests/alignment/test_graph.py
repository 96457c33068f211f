from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp

from genre.alignment._edges import cooccurrence_edges, graph_edges
from genre.alignment.graph import GraphAlignment, GraphConfig
from genre.core.errors import DataError, NotFittedError
from genre.testing.data import tiny_dataset, tiny_split
from genre.values import Catalog, Embeddings, Interactions, Vocabulary, World
from genre.values.linked_graph import LinkedGraph

ITEMS = Vocabulary(["a", "b", "c", "d"])
TRIPLES = [
    ("a", "by", "x"),
    ("b", "by", "x"),
    ("b", "in", "y"),
    ("c", "in", "y"),
    ("a", "in", "y"),
    ("d", "follows", "a"),
]
TRAIN = Interactions(
    Vocabulary(["u", "v", "w"]),
    ITEMS,
    np.array([0, 0, 1, 1, 2, 2], dtype=np.int32),
    np.array([0, 1, 0, 1, 1, 2], dtype=np.int32),
)


@pytest.fixture
def small():
    graph = pl.DataFrame(TRIPLES, schema=["head", "relation", "tail"], orient="row")
    return World(Catalog(ITEMS, TRAIN.users, pl.DataFrame({"item_id": ITEMS.ids}), graph=graph), TRAIN)


def fitted(world, vectors, present, **config):
    alignment = GraphAlignment(GraphConfig(**config))
    own = Embeddings(np.asarray(vectors, dtype=np.float32), np.asarray(present))
    alignment.fit([own], np.ones(len(own), dtype=np.bool_), world)
    return alignment.align([own], np.arange(len(own)))[0]


def test_edges_of_a_graph_by_hand(small):
    edges = graph_edges(LinkedGraph.of(small.catalog), ITEMS, 10, 100).toarray()
    # x joins a, b (1/2); y joins a, b, c (1/3); a and d each join a, d (1/2 + 1/2)
    expected = np.array([[0, 5 / 6, 1 / 3, 1], [5 / 6, 0, 1 / 3, 0], [1 / 3, 1 / 3, 0, 0], [1, 0, 0, 0]])
    np.testing.assert_allclose(edges, expected, rtol=1e-6)
    strongest = graph_edges(LinkedGraph.of(small.catalog), ITEMS, 1, 100).toarray()
    np.testing.assert_allclose(strongest, np.where(strongest > 0, expected, 0))
    assert [row.nonzero()[0].tolist() for row in strongest] == [[3], [0], [0], [0]]
    without_y = graph_edges(LinkedGraph.of(small.catalog), ITEMS, 10, 2).toarray()
    np.testing.assert_allclose(without_y, [[0, 0.5, 0, 1], [0.5, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])


def test_edges_of_users_are_cosines_of_scikit_learn():
    from sklearn.metrics.pairwise import cosine_similarity

    train = tiny_split().train
    expected = cosine_similarity(train.matrix().toarray().T)
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(cooccurrence_edges(train, 100).toarray(), expected, atol=1e-6)
    top = cooccurrence_edges(train, 3).toarray()
    assert (np.count_nonzero(top, axis=1) <= 3).all()
    np.testing.assert_allclose(np.sort(top, axis=1)[:, -3:], np.sort(expected, axis=1)[:, -3:], atol=1e-6)


def test_one_step_by_hand(small):
    # a and b were touched together by two users, b and c by one: cosines 2/sqrt(2*3) and 1/sqrt(3*1)
    found = fitted(small, [[1, 0], [0, 1], [0, 0], [2, 2]], [True, True, False, True], edges="cooccurrence", steps=1)
    np.testing.assert_allclose(found.vectors[0], [0.5, 0.5])  # half its own, half b's
    np.testing.assert_allclose(found.vectors[1], [0.5, 0.5])  # c has nothing to pass on
    np.testing.assert_allclose(found.vectors[2], [0, 1])  # all from b
    np.testing.assert_allclose(found.vectors[3], [2, 2])  # nobody touched d
    assert found.present.all()


def test_two_steps_equal_the_matrix_formula(small):
    random = np.random.default_rng(0)
    vectors = random.normal(size=(4, 3)).astype(np.float32)
    found = fitted(small, vectors, [True] * 4, steps=2, residual=0.3, largest=100)
    edges = graph_edges(LinkedGraph.of(small.catalog), ITEMS, 20, 100).toarray() * [1, 1, 1, 0]  # d is not trained
    mean = edges / edges.sum(axis=1, keepdims=True)
    once = 0.3 * vectors + 0.7 * mean @ vectors
    np.testing.assert_allclose(found.vectors, 0.3 * vectors + 0.7 * mean @ once, rtol=1e-5)


def test_only_training_interactions_make_edges():
    dataset, split = tiny_dataset(), tiny_split()
    own = Embeddings(np.random.default_rng(0).normal(size=(24, 4)).astype(np.float32), np.ones(24, dtype=np.bool_))
    alignment = GraphAlignment(GraphConfig(edges="cooccurrence"))
    alignment.fit([own], own.present, World(dataset.catalog, split.train))
    assert set(zip(*alignment._edges.nonzero(), strict=True)) <= set(
        zip(*sp.csr_array(split.train.matrix().T @ split.train.matrix()).nonzero(), strict=True)
    )
    cold = split.train.popularity() == 0
    found = alignment.align([own], np.arange(24))[0]
    np.testing.assert_array_equal(found.vectors[cold], own.vectors[cold])


def test_content_of_items_outside_training_reaches_nobody(small):
    vectors, present = np.eye(4), [True] * 4
    changed = vectors.copy()
    changed[3] = 9.0
    before, after = (fitted(small, each, present, largest=100).vectors for each in (vectors, changed))
    np.testing.assert_array_equal(before[:3], after[:3])
    assert not np.array_equal(before[3], vectors[3]), "a new item of the catalogue receives"


def test_new_items_and_trained_encoders_stay(small):
    alignment = GraphAlignment(GraphConfig())
    own = Embeddings(np.eye(4, dtype=np.float32), np.ones(4, dtype=np.bool_))
    trained = Embeddings(np.zeros((4, 0), dtype=np.float32), np.array([True, False, True, True]), inputs="tokens")
    alignment.fit([own, trained], own.present, small)
    assert alignment.align([own])[0] is own
    assert alignment.align([own, trained], np.arange(4))[1] is trained


def test_refusals(small):
    with pytest.raises(NotFittedError):
        GraphAlignment().align([])
    without = World(replace(small.catalog, graph=None), TRAIN)
    with pytest.raises(DataError, match="there is no knowledge graph"):
        GraphAlignment().fit([], np.ones(4, dtype=np.bool_), without)
    with pytest.raises(DataError, match=r"no relation 'buy'\. Did you mean 'by'"):
        GraphAlignment(GraphConfig(relations=["buy"])).fit([], np.ones(4, dtype=np.bool_), small)
