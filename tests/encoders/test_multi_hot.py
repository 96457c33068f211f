import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import MultiLabelBinarizer

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, NotFittedError
from genre.encoders.category.multi_hot import MultiHotConfig, MultiHotEncoder

GENRES = [["Drama", "War"], ["Comedy"], ["Drama", "Drama"], None, [], ["War", "Comedy", "Action"]]
TABLE = pl.DataFrame({"genres": pl.Series(GENRES, dtype=pl.List(pl.String))})


def encoder(table: pl.DataFrame = TABLE, **config: object) -> MultiHotEncoder:
    made = MultiHotEncoder(MultiHotConfig(**config))
    made.fit(table)
    return made


def test_equals_scikit_learn() -> None:
    expected = MultiLabelBinarizer().fit_transform([set(row or ()) for row in GENRES])
    found = encoder().encode(TABLE)
    np.testing.assert_array_equal(found.vectors, expected)
    np.testing.assert_array_equal(found.present, expected.any(axis=1))


def test_idf_equals_scikit_learn() -> None:
    counts = MultiLabelBinarizer().fit_transform([set(row or ()) for row in GENRES])
    expected = TfidfTransformer(norm=None).fit_transform(counts).toarray()
    np.testing.assert_allclose(encoder(idf=True).encode(TABLE).vectors, expected, rtol=1e-6)


def test_most_frequent_values_and_unknown_ones() -> None:
    fitted = encoder(max_values=2, min_count=2)
    assert fitted.width == 2  # Drama, War and Comedy occur twice each; ties are kept in order of the value
    new = fitted.encode(pl.DataFrame({"genres": [["Comedy", "Opera"], ["Opera"], ["War"], ["Drama"]]}))
    np.testing.assert_array_equal(new.vectors, [[1, 0], [0, 0], [0, 0], [0, 1]])
    np.testing.assert_array_equal(new.present, [True, False, False, True])


def test_columns_of_any_type_have_their_own_values() -> None:
    table = pl.DataFrame(
        {"studio": ["A", "B", None], "year": [1995, None, 1995], "cast": [["A"], None, ["B", "C"]], "color": [True] * 3}
    )
    found = encoder(table).encode(table)
    # studio A, B; year 1995; cast A, B, C; color true
    np.testing.assert_array_equal(found.vectors, [[1, 0, 1, 1, 0, 0, 1], [0, 1, 0, 0, 0, 0, 1], [0, 0, 1, 0, 1, 1, 1]])


def test_state_survives_a_folder(tmp_path) -> None:
    fitted = encoder(idf=True)
    save_state(fitted.state(), tmp_path)
    again = MultiHotEncoder(fitted.config)
    again.restore(load_state(tmp_path))
    assert again.width == fitted.width
    np.testing.assert_array_equal(again.encode(TABLE).vectors, fitted.encode(TABLE).vectors)


def test_refusals() -> None:
    with pytest.raises(NotFittedError):
        MultiHotEncoder().encode(TABLE)
    with pytest.raises(DataError, match=r"column genres: no value occurs in 9 or more of the 6 training rows"):
        encoder(min_count=9)
