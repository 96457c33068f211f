"""Two points in time, the same for everybody."""

import pytest

from genre.core.errors import DataError
from genre.core.slot import Slot


def test_shares_of_different_times(dataset, splits, places):
    (split,) = splits("temporal", dataset([(place % 3, place, 100 - place) for place in range(20)]))
    assert places(split.test) == [0, 1] and places(split.valid) == [2, 3]
    assert places(split.train) == list(range(4, 20))
    assert split.has_valid_history and split.candidates is None


def test_ties_go_together_to_the_later_side(dataset, splits, places):
    times = [1, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    (split,) = splits("temporal", dataset([(0, place, time) for place, time in enumerate(times)]), valid=0.2, test=0.1)
    assert places(split.test) == [7, 8, 9]
    assert places(split.valid) == []
    (split,) = splits("temporal", dataset([(0, place, time) for place, time in enumerate(times)]), valid=0.3, test=0.3)
    assert places(split.valid) == [3, 4, 5, 6]


def test_hold_out_steers_by_the_newest(dataset, places):
    data = dataset([(0, place, place) for place in range(10)])
    split = Slot("splitters").build({"type": "temporal", "valid": 0.2}).hold_out(data, 1)
    assert places(split.valid) == [8, 9] and len(split.test) == 0


def test_one_moment_cannot_be_divided(dataset, splits):
    with pytest.raises(DataError, match="too few different times"):
        splits("temporal", dataset([(0, item, 7) for item in range(10)]))


def test_without_times_the_mend_names_other_splitters(dataset, splits):
    with pytest.raises(DataError, match="holdout or leave_one_out"):
        splits("temporal", dataset([(0, item, None) for item in range(10)]))
