import numpy as np
import pytest
import scipy.sparse as sp
from implicit.nearest_neighbours import CosineRecommender, TFIDFRecommender

from genre.recommenders import _neighbours
from genre.recommenders._neighbours import largest, nearest, weighted
from genre.recommenders.item_knn import ItemKnnConfig, ItemKnnRecommender
from genre.testing import tiny_task
from genre.values import Histories

pytestmark = pytest.mark.filterwarnings("ignore:Method expects CSR")
ALL = Histories.of([[3, 8, 1], [0], [20, 3]], n_items=24)


def similarity(weighting, **config):
    task = tiny_task()
    model = ItemKnnRecommender(ItemKnnConfig(weighting=weighting, recency="none", **config)).fit(task)
    return task.split.train.matrix(), model


@pytest.mark.parametrize(("weighting", "peer"), [("none", CosineRecommender), ("tf_idf", TFIDFRecommender)])
def test_similarities_agree_with_implicit(weighting, peer):
    matrix, model = similarity(weighting, neighbours=24, shrinkage=0.0)
    other = peer(K=24, num_threads=1)
    other.fit(sp.csr_matrix(matrix[:, :22]), show_progress=False)
    expected = other.similarity.toarray()
    np.fill_diagonal(expected, 0.0)
    assert model._similarity.toarray()[:22, :22] == pytest.approx(expected, abs=1e-6)


def test_scores_agree_with_implicit_lists():
    matrix, model = similarity("none", neighbours=24, shrinkage=0.0)
    other = CosineRecommender(K=24, num_threads=1)
    other.fit(sp.csr_matrix(matrix[:, :22]), show_progress=False)
    bag = sp.csr_matrix(ALL.matrix()[:, :22])
    items, scores = other.recommend(np.arange(3), bag, N=10)
    ours = model.score(ALL)
    assert np.take_along_axis(ours, items, axis=1) == pytest.approx(scores, abs=1e-5)


def test_only_the_nearest_of_each_item_stay():
    _, model = similarity("none", neighbours=3, shrinkage=2.0)
    _, full = similarity("none", neighbours=24, shrinkage=2.0)
    whole, kept = full._similarity.toarray(), model._similarity.toarray()
    assert ((kept > 0).sum(axis=0) <= 3).all()
    for item in range(22):
        assert kept[:, item].sum() == pytest.approx(np.sort(whole[:, item])[-3:].sum(), abs=1e-6)


def test_shrinkage_stands_below_the_product_of_norms():
    rows = sp.csr_array(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))
    assert nearest(rows, 5, 0.5).toarray()[0] == pytest.approx([0, 1 / (2 + 0.5), 0])


def test_bm25_by_hand():
    """Three documents (the empty row is none) of lengths 2, 1 and 1; the second term stands in one of them."""
    matrix = sp.csr_array(np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]))
    value = weighted(matrix, "bm25").toarray()
    norm = 1 - 0.75 + 0.75 * 2 / (4 / 3)
    assert value[0, 1] == pytest.approx(2.2 / (1.2 * norm + 1) * np.log(3 / 2))
    assert value[0, 0] == 0


def test_blocks_give_what_one_block_gives(monkeypatch):
    rows = sp.csr_array(sp.random_array((50, 30), density=0.2, rng=np.random.default_rng(0)))
    whole = nearest(rows, 7, 1.0).toarray()
    monkeypatch.setattr(_neighbours, "BUDGET", 100)
    assert (nearest(rows, 7, 1.0).toarray() == whole).all()


def test_equal_similarities_stay_in_row_order():
    kept = largest(sp.csr_array(np.array([[0.0, 2.0, 1.0, 1.0, 1.0]])), 2).toarray()
    assert (kept == [[0, 2, 1, 0, 0]]).all()
