import sys

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, MissingExtraError, NotFittedError
from genre.core.seeds import generator
from genre.encoders.text.tfidf import TfidfConfig, TfidfEncoder

TEXTS = [
    "The Empire strikes back, the empire!",
    "Return of the Jedi",
    "Star Wars: a new hope. A hope.",
    "Back to the Future; return to the future",
    None,
    "",
    "The Étranger of the Future",
]
TABLE = pl.DataFrame({"title": TEXTS})


def encoder(table: pl.DataFrame = TABLE, **config: object) -> TfidfEncoder:
    made = TfidfEncoder(TfidfConfig(**config))
    made.fit(table)
    return made


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"sublinear": False}, {}),
        ({"ngrams": 2}, {"ngram_range": (1, 2), "sublinear_tf": True}),
        ({"min_df": 2, "sublinear": False}, {"min_df": 2}),
    ],
)
def test_weights_equal_scikit_learn(ours: dict, theirs: dict) -> None:
    texts = [text or "" for text in TEXTS]
    expected = TfidfVectorizer(**theirs).fit_transform(texts).toarray()
    fitted = encoder(**ours)
    np.testing.assert_allclose(fitted.weights(texts).toarray(), expected, atol=1e-6)
    found = fitted.encode(TABLE)
    np.testing.assert_array_equal(found.present, expected.any(axis=1))
    # all axes are kept, so the projection keeps every inner product
    np.testing.assert_allclose(found.vectors @ found.vectors.T, expected @ expected.T, atol=1e-5)


def test_most_frequent_terms_are_kept() -> None:
    fitted = encoder(max_terms=2)
    assert fitted.state().meta["terms"] == ["future", "the"]


def random_texts(n_rows: int) -> list[str]:
    rng = generator(1, "texts")
    words = np.array([f"word{number}" for number in range(900)])
    return [" ".join(words[(rng.random(12) ** 3 * 900).astype(int)]) for _ in range(n_rows)]


def test_condensed_vectors_equal_the_dense_decomposition() -> None:
    texts = random_texts(600)
    table = pl.DataFrame({"text": texts})
    fitted = encoder(table, dim=10)
    found = fitted.encode(table).vectors
    assert found.shape == (600, fitted.width) == (600, 10)
    left, values, _ = np.linalg.svd(fitted.weights(texts).toarray(), full_matrices=False)
    expected = left[:, :10] * values[:10]
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)
    np.testing.assert_array_equal(found, encoder(table, dim=10).encode(table).vectors)


def test_only_training_rows_teach() -> None:
    fitted = encoder(TABLE.head(4), dim=3)
    alone = fitted.encode(TABLE.head(4)).vectors
    beside = fitted.encode(pl.concat([TABLE.head(4), pl.DataFrame({"title": ["Quite another film"]})]))
    np.testing.assert_array_equal(beside.vectors[:4], alone)
    assert not beside.present[4] and not beside.vectors[4].any()


def test_chinese_words() -> None:
    pytest.importorskip("jieba")
    table = pl.DataFrame({"title": ["历史战争电影 Star Wars", "爱情电影", "战争与和平"]})
    terms = encoder(table).state().meta["terms"]
    assert set(terms) == {"历史", "战争", "电影", "爱情", "与", "和平", "star", "wars"}


def test_missing_jieba_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "jieba", None)
    assert encoder().width > 0  # no Chinese text, no need
    with pytest.raises(MissingExtraError, match=r"jieba.*genre\[mining\]"):
        encoder(pl.DataFrame({"title": ["科幻电影"]}))


def test_state_survives_a_folder(tmp_path) -> None:
    fitted = encoder(dim=3, ngrams=2)
    save_state(fitted.state(), tmp_path)
    again = TfidfEncoder(fitted.config)
    again.restore(load_state(tmp_path))
    assert again.width == 3
    np.testing.assert_array_equal(again.encode(TABLE).vectors, fitted.encode(TABLE).vectors)


def test_refusals() -> None:
    with pytest.raises(NotFittedError):
        TfidfEncoder().encode(TABLE)
    with pytest.raises(DataError, match="no word occurs in 1 or more of the 2 training rows"):
        encoder(pl.DataFrame({"title": ["", None]}))
