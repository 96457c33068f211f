import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, NotFittedError
from genre.encoders.number.number import NumberConfig, NumberEncoder

TABLE = pl.DataFrame({"year": [1995, 1999, None, 2004], "price": [3.5, float("nan"), float("inf"), 99.0]})


def encoder(**config: object) -> NumberEncoder:
    made = NumberEncoder(NumberConfig(**config))
    made.fit(TABLE)
    return made


@pytest.mark.parametrize("log", [False, True])
def test_equals_scikit_learn(log: bool) -> None:
    values = TABLE.with_columns(pl.all().cast(pl.Float64).fill_null(np.nan)).to_numpy().copy()
    values[~np.isfinite(values)] = np.nan
    values = np.log1p(values) if log else values
    expected = np.nan_to_num(StandardScaler().fit_transform(values))
    found = encoder(log=log).encode(TABLE)
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-5)
    np.testing.assert_array_equal(found.present, [True, True, False, True])


def test_missing_numbers_can_be_flagged() -> None:
    fitted = encoder(flag_missing=True)
    assert fitted.width == 4
    np.testing.assert_array_equal(fitted.encode(TABLE).vectors[:, 2:], [[0, 0], [0, 1], [0, 0], [0, 0]])


def test_scale_comes_from_the_training_rows() -> None:
    fitted = encoder()
    np.testing.assert_array_equal(fitted.encode(TABLE.head(1)).vectors, fitted.encode(TABLE).vectors[:1])


def test_a_constant_column_gives_zero_and_negative_numbers_have_a_logarithm() -> None:
    table = pl.DataFrame({"flag": [True, True], "delta": [-5.0, 5.0]})
    fitted = NumberEncoder(NumberConfig(log=True))
    fitted.fit(table)
    np.testing.assert_allclose(fitted.encode(table).vectors, [[0, -1], [0, 1]])


@pytest.mark.parametrize("n_buckets", [2, 5, 12])
def test_buckets_equal_scikit_learn(n_buckets: int) -> None:
    random = np.random.default_rng(0)
    table = pl.DataFrame({"price": random.lognormal(size=200), "count": random.poisson(1.0, size=200)})
    fitted = NumberEncoder(NumberConfig(buckets=n_buckets))
    fitted.fit(table)
    judge = KBinsDiscretizer(
        n_buckets, encode="onehot-dense", strategy="quantile", quantile_method="linear", subsample=None
    ).fit(table.to_numpy())
    new = pl.DataFrame(
        {"price": [*random.lognormal(size=50), -3.0, 1e6], "count": [*random.poisson(1.0, size=50), -1, 99]}
    )
    for rows in (table, new):
        np.testing.assert_array_equal(fitted.encode(rows).vectors, judge.transform(rows.to_numpy()))
    assert fitted.width == sum(judge.n_bins_)


def test_a_missing_number_is_in_no_bucket() -> None:
    fitted = encoder(buckets=2, flag_missing=True)
    # years at 1999, prices at 51.25; then a flag per column
    expected = [[1, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 0]]
    found = fitted.encode(TABLE)
    np.testing.assert_array_equal(found.vectors, expected)
    np.testing.assert_array_equal(found.present, [True, True, False, True])
    assert fitted.width == 6


def test_a_column_without_numbers_is_one_empty_bucket(tmp_path) -> None:
    table = pl.DataFrame({"year": [1.0, 2.0], "void": pl.Series([None, None], dtype=pl.Float64)})
    fitted = NumberEncoder(NumberConfig(buckets=2))
    fitted.fit(table)
    np.testing.assert_array_equal(fitted.encode(table).vectors, [[1, 0, 0], [0, 1, 0]])
    save_state(fitted.state(), tmp_path)
    again = NumberEncoder(fitted.config)
    again.restore(load_state(tmp_path))
    np.testing.assert_array_equal(again.encode(table).vectors, fitted.encode(table).vectors)


def test_absurd_numbers_count_as_missing_and_are_remarked() -> None:
    table = pl.DataFrame({"price": [1.0, 3.0, 1e300, -float("inf"), None]})
    fitted = NumberEncoder()
    fitted.fit(table)
    found = fitted.encode(table)
    np.testing.assert_array_equal(found.vectors[:, 0], [-1, 1, 0, 0, 0])
    np.testing.assert_array_equal(found.present, [True, True, False, False, False])
    (remark,) = fitted.remarks(table)
    assert remark.n_rows == 2 and remark.examples["price"].to_list() == [1e300, -float("inf")]
    far = fitted.encode(pl.DataFrame({"price": [1e38]}))
    assert np.isfinite(far.vectors).all() and far.vectors[0, 0] == 1e6
    with pytest.raises(DataError, match="none of the 2 training rows holds a number"):
        NumberEncoder().fit(table[3:])


def test_state_survives_a_folder(tmp_path) -> None:
    fitted = encoder(log=True)
    save_state(fitted.state(), tmp_path)
    again = NumberEncoder(fitted.config)
    again.restore(load_state(tmp_path))
    np.testing.assert_array_equal(again.encode(TABLE).vectors, fitted.encode(TABLE).vectors)


def test_refusals() -> None:
    with pytest.raises(NotFittedError):
        NumberEncoder().encode(TABLE)
    with pytest.raises(DataError) as caught:
        NumberEncoder().fit(pl.DataFrame({"year": ["1995", "soon"], "genres": [["a"], ["b"]]}))
    assert [fault.where for fault in caught.value.faults] == ["column year", "column genres"]
    assert "'soon'" in str(caught.value)
