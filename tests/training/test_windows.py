from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre.training.windows import WindowBatches, automatic_batch_size
from genre.values import Histories


def test_short_histories_are_one_window_each():
    histories = Histories.of([[1, 2, 3], [4], [5, 6]], 9)
    batches = list(WindowBatches(histories, 5, 10)(np.random.default_rng(0)))
    windows = {tuple(item for item in row if item >= 0) for batch in batches for row in batch.items.tolist()}
    assert windows == {(1, 2, 3), (5, 6)}


@given(lengths=st.lists(st.integers(0, 40), min_size=1, max_size=8), length=st.integers(1, 9), seed=st.integers(0, 99))
def test_windows_are_stretches_of_one_history_and_predict_no_place_twice(lengths, length, seed):
    starts = np.cumsum([0, *lengths])
    histories = Histories.of([np.arange(a, b) for a, b in pairwise(starts)], int(starts[-1]) + 1)
    predicted = []
    for batch in WindowBatches(histories, length, 3)(np.random.default_rng(seed)):
        for row in batch.items.tolist():
            real = [item for item in row if item >= 0]
            assert row == real + [-1] * (len(row) - len(real))
            assert 2 <= len(real) <= length + 1
            assert real == list(range(real[0], real[-1] + 1))
            assert np.searchsorted(starts, real[0], "right") == np.searchsorted(starts, real[-1], "right")
            predicted += real[1:]
    assert len(predicted) == len(set(predicted))
    short = sum(max(size - 1, 0) for size in lengths if size <= length + 1)
    assert len(predicted) >= short


def test_every_place_of_a_long_history_is_predicted_in_some_epoch():
    batches = WindowBatches(Histories.of([range(30)], 30), 4, 8)
    predicted = {
        item
        for epoch in range(9)
        for batch in batches(np.random.default_rng(epoch))
        for item in batch.items[:, 1:].flatten().tolist()
    }
    assert predicted - {-1} == set(range(1, 30))


def test_equal_generators_give_equal_batches():
    histories = Histories.of([np.arange(size) for size in range(2, 30)], 30)
    first, second = (list(WindowBatches(histories, 5, 4)(np.random.default_rng(1))) for _ in range(2))
    assert all((one.items == two.items).all() for one, two in zip(first, second, strict=True))


@pytest.mark.parametrize(("n_histories", "size"), [(10, 32), (943, 32), (5_000, 64), (22_363, 256), (10**6, 256)])
def test_automatic_batch_size(n_histories, size):
    assert automatic_batch_size(n_histories) == size


def test_single_items_teach_where_their_user_is_known():
    histories = Histories.of([[1, 2, 3], [4], [5], []], 9)
    known = np.array([False, True, False, True])
    batches = WindowBatches(histories, 5, 10, known)
    (batch,) = batches(np.random.default_rng(0))
    windows = {tuple(item for item in row if item >= 0) for row in batch.items.tolist()}
    assert windows == {(1, 2, 3), (4,)} and batch.from_start.all()
    assert batches.teaches.tolist() == [True, True, False, False]
    alone = WindowBatches(histories.take(np.array([1])), 5, 10, known[1:2])
    assert [batch.items.tolist() for batch in alone(np.random.default_rng(0))] == [[[4, -1]]]
    assert alone.n_batches() == 1
