"""Interactions and histories against plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre.values import Histories, Interactions, Vocabulary

events = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 5)), max_size=40)


def interactions(rows):
    users, items, times = (np.array([row[i] for row in rows]) for i in range(3))
    return Interactions(
        Vocabulary("abcde"),
        Vocabulary("tuvwxyz"),
        users.astype(np.int32),
        items.astype(np.int32),
        times.astype(np.int64),
    )


@given(events)
def test_histories_are_in_time_order_and_ties_keep_file_order(rows):
    histories = interactions(rows).histories()
    for user in range(5):
        mine = [(time, place, item) for place, (who, item, time) in enumerate(rows) if who == user]
        assert histories[user].tolist() == [item for _, _, item in sorted(mine)]


@given(events, st.integers(1, 6))
def test_padded_histories_end_at_the_right_edge(rows, length):
    histories = interactions(rows).histories()
    table = histories.padded(length)
    for user in range(5):
        tail = histories[user].tolist()[-length:]
        assert table[user].tolist() == [-1] * (length - len(tail)) + tail


@given(events, st.lists(st.integers(0, 4), max_size=8))
def test_take_gives_the_asked_histories(rows, asked):
    histories = interactions(rows).histories()
    taken = histories.take(np.array(asked, dtype=np.int64))
    assert [taken[b].tolist() for b in range(len(taken))] == [histories[u].tolist() for u in asked]


@given(events)
def test_the_matrix_counts_each_pair_once(rows):
    matrix = interactions(rows).matrix()
    assert {(int(u), int(i)) for u, i in zip(*matrix.nonzero(), strict=True)} == {(u, i) for u, i, _ in rows}
    assert set(matrix.data.tolist()) <= {1.0}


@given(events)
def test_concat_undoes_take(rows):
    whole = interactions(rows)
    mask = whole.item_rows % 2 == 0
    parts = Interactions.concat([whole.take(mask), whole.take(~mask)])
    assert sorted(zip(parts.user_rows, parts.item_rows, parts.timestamps, strict=True)) == sorted(rows)


def test_unknown_rows_are_left_out_of_posted_histories():
    assert Histories.of([[2, -1, 3], []], 5).lengths.tolist() == [2, 0]


@pytest.mark.parametrize("rows", [[(0, 9, 0)], [(7, 0, 0)]])
def test_rows_outside_the_vocabulary_are_refused(rows):
    with pytest.raises(ValueError, match="rows outside"):
        interactions(rows)
