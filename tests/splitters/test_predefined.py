"""A column of the source says train, valid or test."""

import pytest

from genre.core.errors import DataError
from genre.core.slot import Slot

ROWS = [(0, 0, 1), (0, 1, 2), (0, 2, 3), (1, 0, 1)]


def test_parts_are_taken_as_given(dataset, splits, places):
    (split,) = splits("predefined", dataset(ROWS, parts=["test", "train", "valid", "train"]))
    assert (places(split.train), places(split.valid), places(split.test)) == ([1, 3], [2], [0])
    assert split.test_histories().lengths.tolist() == [2, 1]


def test_history_of_the_training_part_only(dataset, splits):
    (split,) = splits("predefined", dataset(ROWS, parts=["test", "train", "valid", "train"]), history="train")
    assert split.test_histories().lengths.tolist() == [1, 1]
    assert split.seen().activity().tolist() == [2, 1], "what is known is never listed all the same"


def test_other_words(dataset, splits, places):
    data = dataset(ROWS, parts=["3", "1", "2", "1"])
    (split,) = splits("predefined", data, train="1", valid="2", test="3")
    assert places(split.test) == [0]


def test_unknown_words_are_named(dataset, splits):
    with pytest.raises(
        DataError, match="2 interactions are marked 'dev', nothing, which is none of train, valid, test"
    ):
        splits("predefined", dataset(ROWS, parts=["test", "dev", "train", None]))


def test_a_missing_column_is_named(dataset, splits):
    with pytest.raises(DataError, match=r"columns: \{part"):
        splits("predefined", dataset(ROWS))


def test_hold_out_teaches_the_test_part(dataset, places):
    data = dataset(ROWS, parts=["test", "train", "valid", "train"])
    split = Slot("splitters").build("predefined").hold_out(data, 1)
    assert places(split.train) == [0, 1, 3] and places(split.valid) == [2]
