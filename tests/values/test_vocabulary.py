"""Ids and rows translate back and forth."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre.values import Vocabulary

ids = st.lists(st.text(min_size=1, max_size=8), unique=True, min_size=1, max_size=30)


@given(ids, st.data())
def test_rows_and_lookup_are_inverse(names, data):
    vocabulary = Vocabulary(names)
    asked = data.draw(st.lists(st.sampled_from(names), max_size=20))
    for form in (asked, pl.Series(asked, dtype=pl.String)):
        rows = vocabulary.rows(form)
        assert rows.dtype == np.int32
        assert vocabulary.lookup(rows).to_list() == asked


def test_unknown_ids_are_minus_one_and_numbers_are_text():
    vocabulary = Vocabulary(["7", "8"])
    assert vocabulary.rows([8, "9"]).tolist() == [1, -1]
    assert vocabulary.rows(pl.Series([8, 9])).tolist() == [1, -1]
    assert vocabulary.lookup(np.array([-1, 0])).to_list() == [None, "7"]


@pytest.mark.parametrize("names", [["a", "a"], ["a", None]])
def test_double_and_null_ids_are_refused(names):
    with pytest.raises(ValueError, match="vocabulary holds"):
        Vocabulary(pl.Series(names, dtype=pl.String))
