import numpy as np
import polars as pl
import pytest
import torch
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, NotFittedError
from genre.encoders.category.category import CategoryConfig, CategoryEncoder
from genre.encoders.category.multi_hot import MultiHotEncoder

GENRES = [["Drama", "War"], ["Comedy"], ["Drama", "Drama"], None, [], ["War", "Comedy", "Action"]]
TABLE = pl.DataFrame({"genres": pl.Series(GENRES, dtype=pl.List(pl.String))})
SINGLE = pl.DataFrame({"studio": ["A", "B", "A", "C"], "year": [1999, 2000, 2000, 1999]})


def encoder(table=TABLE, **config):
    made = CategoryEncoder(CategoryConfig(**config))
    made.fit(table)
    return made


def vectors_of(fitted, table, weights=None):
    embeddings = fitted.encode(table)
    network = fitted.network(embeddings, 3)
    if weights is not None:
        with torch.no_grad():
            network.table.weight.copy_(torch.from_numpy(weights))
    return embeddings, network(torch.arange(len(table))).detach().numpy(), network


def test_one_hot_equals_scikit_learn():
    fitted = encoder(SINGLE, kind="one_hot")
    judge = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(SINGLE.to_numpy())
    new = pl.DataFrame({"studio": ["C", "D", "A"], "year": [1999, 2000, 1901]})
    for rows in (SINGLE, new):
        np.testing.assert_array_equal(fitted.encode(rows).vectors, judge.transform(rows.to_numpy()))
    assert not fitted.is_trained and fitted.width == 5
    assert fitted.encode(pl.DataFrame({"studio": ["D", None], "year": [1, None]})).present.tolist() == [False, False]


def test_multi_hot_equals_scikit_learn_and_multi_hot():
    found = encoder(kind="multi_hot").encode(TABLE)
    np.testing.assert_array_equal(
        found.vectors, MultiLabelBinarizer().fit_transform([set(row or ()) for row in GENRES])
    )
    other = MultiHotEncoder()
    other.fit(TABLE)
    np.testing.assert_array_equal(found.vectors, other.encode(TABLE).vectors)


def test_an_embedding_is_the_mean_of_trained_vectors():
    fitted = encoder()
    assert fitted.is_trained and fitted.width == 0
    random = np.random.default_rng(0)
    weights = random.normal(size=(4, 3)).astype(np.float32)  # Action, Comedy, Drama, War
    embeddings, found, _ = vectors_of(fitted, TABLE, weights)
    hot = MultiLabelBinarizer(classes=["Action", "Comedy", "Drama", "War"]).fit_transform(
        [set(r or ()) for r in GENRES]
    )
    expected = hot @ weights / np.maximum(hot.sum(axis=1, keepdims=True), 1)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(embeddings.present, hot.any(axis=1))


def test_rare_and_unknown_values_share_one_vector():
    fitted = encoder(min_count=2)  # Action occurs once
    weights = np.diag([1.0, 2.0, 3.0, 4.0]).astype(np.float32)[:, :3] + np.array([[0], [0], [0], [9]], dtype=np.float32)
    new = pl.DataFrame({"genres": [["Opera"], ["Action"], ["Opera", "Ballet", "War"], []]})
    embeddings, found, network = vectors_of(fitted, new, weights)
    assert network.table.weight.shape == (4, 3)  # Comedy, Drama, War and the others
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[2], (2 * weights[3] + weights[2]) / 3, rtol=1e-6)
    assert embeddings.present.tolist() == [True, True, True, False]


def test_unknown_values_say_nothing_where_training_has_no_rare_ones():
    embeddings, found, network = vectors_of(encoder(), pl.DataFrame({"genres": [["Opera"], ["Opera", "War"], ["War"]]}))
    assert network.table.weight.shape == (4, 3)
    assert embeddings.present.tolist() == [False, True, True]
    np.testing.assert_array_equal(found[1], found[2])


def test_a_value_belongs_to_its_column():
    table = pl.DataFrame({"genre": ["Drama", "War"], "studio": ["Drama", "Drama"]})
    assert vectors_of(encoder(table), table)[2].table.weight.shape == (3, 3)


def test_state_survives_a_folder(tmp_path):
    for place, fitted in enumerate((encoder(), encoder(kind="multi_hot"), encoder(max_values=2))):
        save_state(fitted.state(), tmp_path / str(place))
        again = CategoryEncoder(fitted.config)
        again.restore(load_state(tmp_path / str(place)))
        for name in ("vectors", "present"):
            np.testing.assert_array_equal(getattr(again.encode(TABLE), name), getattr(fitted.encode(TABLE), name))
        if fitted.is_trained:
            np.testing.assert_array_equal(again.encode(TABLE).inputs.places, fitted.encode(TABLE).inputs.places)


def test_refusals():
    with pytest.raises(NotFittedError):
        CategoryEncoder().encode(TABLE)
    with pytest.raises(DataError, match=r"column genres: 2 rows hold several values \(War, Comedy, Action\)"):
        encoder(kind="one_hot")
    with pytest.raises(DataError, match="no value occurs in 7 or more of the 6"):
        encoder(min_count=7)
    fitted = encoder(pl.DataFrame({"genres": [["a"], ["b"]]}), kind="one_hot")
    with pytest.raises(DataError, match="hold several values"):
        fitted.encode(TABLE)
