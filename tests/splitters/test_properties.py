"""What must hold for any interactions, whatever the splitter."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre.core.errors import DataError
from genre.core.slot import Slot

SPLITTERS = (
    {"type": "leave_one_out"},
    {"type": "holdout"},
    {"type": "holdout", "valid": 0.0, "test": 0.5},
    {"type": "temporal"},
    {"type": "temporal", "valid": 0.3, "test": 0.4},
    {"type": "kfold", "folds": 2},
    {"type": "kfold", "folds": 4, "valid": 0.4},
    {"type": "kfold", "folds": 3, "over": "users", "valid": 0.2, "judged": 0.5},
    {"type": "cold_items"},
    {"type": "cold_items", "test": 0.5, "valid_items": "warm"},
    {"type": "predefined"},
)
ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 9), st.integers(0, 12)), min_size=1, max_size=60, unique=True
)


@pytest.fixture(scope="module")
def data_of(dataset):
    """A dataset of tuples, with a part for each."""
    words = ["train", "valid", "test"]
    return lambda rows: dataset(rows, parts=[words[(user + item) % 3] for user, item, _ in rows])


def numbers(part):
    return [] if part is None else part.ratings.astype(int).tolist()


def splits_of(fields, data, seed=3):
    """All splits, or none where the data is too small for this splitter: a fault with a mend, never another error."""
    try:
        return list(Slot("splitters").build(fields).split(data, seed))
    except DataError as error:
        assert all(fault.mend for fault in error.faults)
        return []


@pytest.mark.parametrize("fields", SPLITTERS, ids=str)
@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_nothing_is_lost_or_taken_twice(data_of, fields, rows):
    data = data_of(rows)
    for split in splits_of(fields, data):
        parts = [numbers(part) for part in (split.train, split.valid, split.test, split.history)]
        assert sorted(chain(*parts)) == list(range(len(rows)))
        assert all(part == sorted(part) for part in parts), "parts keep file order"
        assert parts[0] and parts[2]


@pytest.mark.parametrize("fields", SPLITTERS, ids=str)
@settings(max_examples=15, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 5))
def test_one_seed_one_split(data_of, fields, rows, seed):
    data = data_of(rows)
    first, second = splits_of(fields, data, seed), splits_of(fields, data, seed)
    assert [split.to_frame().rows() for split in first] == [split.to_frame().rows() for split in second]


@pytest.mark.parametrize("fields", SPLITTERS, ids=str)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_hold_out_teaches_all_but_the_validation_part(data_of, fields, rows):
    try:
        split = Slot("splitters").build(fields).hold_out(data_of(rows), 3)
    except DataError as error:
        assert all(fault.mend for fault in error.faults)
        return
    assert len(split.test) == 0 and split.candidates is None
    kept = numbers(split.train) + numbers(split.valid) + numbers(split.history)
    assert sorted(kept) == list(range(len(rows)))


@pytest.mark.parametrize("fields", [fields for fields in SPLITTERS if fields["type"] == "temporal"], ids=str)
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_temporal_training_ends_before_validation_before_test(data_of, fields, rows):
    for split in splits_of(fields, data_of(rows)):
        valid, test = split.valid.timestamps, split.test.timestamps
        assert split.train.timestamps.max() < min([*valid.tolist(), *test.tolist()])
        assert not len(valid) or valid.max() < test.min()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_leave_one_out_keeps_the_order_of_each_user(data_of, rows):
    data = data_of(rows)
    for split in splits_of({"type": "leave_one_out"}, data):
        for user in np.unique(split.test.user_rows):
            mine = sorted((time, place) for place, (who, _, time) in enumerate(rows) if who == user)
            *earlier, before_last, last = [place for _, place in mine]
            assert len(earlier) >= 1
            assert [place for place in numbers(split.test) if rows[place][0] == user] == [last]
            assert [place for place in numbers(split.valid) if rows[place][0] == user] == [before_last]
