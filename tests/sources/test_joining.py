"""Batches that disagree about a column become one table without losing a row."""

import polars as pl

from genre.sources._joining import joined


def test_columns_and_rows_of_all_batches_are_kept():
    frames = [pl.DataFrame({"a": [1], "b": ["x"]}), pl.DataFrame({"b": ["y", None], "c": [True, False]})]
    whole = joined(frames)
    assert whole.columns == ["a", "b", "c"]
    assert whole.rows() == [(1, "x", None), (None, "y", True), (None, None, False)]


def test_lists_and_objects_beside_other_values_become_json_text():
    frames = [
        pl.DataFrame({"v": [["é"], None]}),
        pl.DataFrame({"v": ["plain"]}),
        pl.DataFrame({"v": [{"k": 1}]}),
        pl.DataFrame({"v": [None]}),
    ]
    assert joined(frames)["v"].to_list() == ['["é"]', None, "plain", '{"k": 1}', None]


def test_lists_stay_lists_beside_batches_without_a_value():
    frames = [pl.DataFrame({"v": pl.Series([None, None], dtype=pl.String)}), pl.DataFrame({"v": [["a"], []]})]
    assert joined(frames)["v"].to_list() == [None, None, ["a"], []]
