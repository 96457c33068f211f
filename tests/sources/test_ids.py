"""Ids become rows in order of first appearance."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.sources._ids import IdCollector, as_ids, encode


def test_numbers_and_texts_are_the_same_id():
    assert as_ids(pl.Series([7, None])).to_list() == ["7", None]
    assert as_ids(pl.Series([7.0, 2.5, None, float("nan")])).to_list() == ["7", "2.5", None, None]
    assert as_ids(pl.Series(["007"])).to_list() == ["007"]


def test_space_around_ids_is_no_part_of_them():
    local = encode(pl.Series([" a", "a ", "", "  ", None, "b"]))
    assert [None if code < 0 else local.dictionary[int(code)] for code in local.codes] == [
        "a",
        "a",
        None,
        None,
        None,
        "b",
    ]


IDS = st.sampled_from(["a", "b", "c", "d", "e"])


@settings(max_examples=100, deadline=None)
@given(
    known=st.lists(IDS, unique=True),
    batches=st.lists(st.lists(st.tuples(IDS, st.booleans()), min_size=1, max_size=8), min_size=1, max_size=4),
)
def test_rows_point_at_the_ids_they_came_from(known, batches):
    collector = IdCollector(pl.Series(known, dtype=pl.String))
    for batch in batches:
        collector.add(encode(pl.Series([id for id, _ in batch])), np.array([keep for _, keep in batch]))
    ids, rows = collector.finish()
    kept = [id for batch in batches for id, keep in batch if keep]
    assert [ids[int(row)] for row in rows] == kept
    assert ids.to_list()[: len(known)] == known
    assert set(ids) == {*known, *kept} and ids.n_unique() == len(ids)
