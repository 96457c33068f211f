import numpy as np
import pytest
from sklearn.decomposition import PCA

from genre.nets import content_columns
from genre.nets.content_columns import ContentColumns
from genre.values import Embeddings

TAUGHT = np.arange(50) < 40


def some(width, seed=0):
    rng = np.random.default_rng(seed)
    present = rng.random(50) > 0.2
    return Embeddings((3 + rng.normal(size=(50, width)) * present[:, None]).astype(np.float32), present)


@pytest.mark.parametrize("width", [1, 9, 30])
def test_columns_are_centred_and_of_one_length_on_what_was_taught(monkeypatch, width):
    monkeypatch.setattr(content_columns, "MAX_WIDTH", 20)
    given = some(width)
    told = ContentColumns.fit(given, TAUGHT, 7).apply(given)
    rows = TAUGHT & given.present
    assert told.dim == {1: 12, 9: 9, 30: 20}[width]
    np.testing.assert_allclose(told.vectors[rows].mean(axis=0), 0, atol=1e-6)
    assert np.square(told.vectors[rows]).sum(axis=1).mean() == pytest.approx(1.0, rel=1e-5)
    assert not told.vectors[~given.present].any()


def test_variances_keep_their_proportions(monkeypatch):
    monkeypatch.setattr(content_columns, "MAX_WIDTH", 6)
    rng = np.random.default_rng(1)
    vectors = (rng.normal(size=(50, 12)) * 0.5 ** np.arange(12)).astype(np.float32)
    told = ContentColumns.fit(Embeddings(vectors, TAUGHT), TAUGHT, 7).apply(Embeddings(vectors, TAUGHT)).vectors[TAUGHT]
    expected = PCA(6).fit(vectors[TAUGHT]).explained_variance_
    found = np.linalg.eigvalsh(np.cov(told.T))[::-1]
    np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), rtol=1e-3)


@pytest.mark.parametrize("width", [1, 9, 30])
def test_arrays_bring_the_same_columns_back(monkeypatch, width):
    monkeypatch.setattr(content_columns, "MAX_WIDTH", 20)
    fitted = ContentColumns.fit(some(width), TAUGHT, 7)
    again, new = ContentColumns.of_arrays(fitted.arrays()), some(width, seed=5)
    assert (again.apply(new).vectors == fitted.apply(new).vectors).all()


def test_nothing_taught_says_nothing():
    given = Embeddings(np.ones((50, 9), np.float32), ~TAUGHT)
    assert not ContentColumns.fit(given, TAUGHT, 7).apply(given).vectors.any()
