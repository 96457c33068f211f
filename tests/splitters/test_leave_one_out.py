"""The last interaction of each user is test, the one before it validation."""

from pathlib import Path

import polars as pl
import pytest

from genre.core.errors import DataError
from genre.core.slot import Slot

ROWS = [(0, 0, 5), (0, 1, 3), (1, 0, 1), (0, 2, 5), (1, 1, 1), (1, 2, 1), (1, 3, 1), (2, 0, 9), (2, 1, 8)]


def test_by_time_with_ties_in_file_order(dataset, splits, places):
    (split,) = splits("leave_one_out", dataset(ROWS))
    assert places(split.test) == [3, 6]
    assert places(split.valid) == [0, 5]
    assert places(split.train) == [1, 2, 4, 7, 8]
    assert split.has_valid_history and split.seed is None


def test_users_with_few_interactions_stay_in_training(dataset, splits, places):
    (split,) = splits("leave_one_out", dataset(ROWS), min_interactions=4)
    assert places(split.test) == [6] and places(split.valid) == [5]


def test_without_times_by_file_order(dataset, splits, places):
    (split,) = splits("leave_one_out", dataset([(user, item, None) for user, item, _ in ROWS]))
    assert places(split.test) == [3, 6] and places(split.valid) == [1, 5]


def test_hold_out_takes_the_last(dataset, places):
    split = Slot("splitters").build("leave_one_out").hold_out(dataset(ROWS), 1)
    assert places(split.valid) == [3, 6] and len(split.train) == 7


def test_nobody_to_judge_is_a_fault(dataset, splits):
    with pytest.raises(DataError, match="no interaction for testing"):
        splits("leave_one_out", dataset([(0, 0, 1), (0, 1, 2)]))


SHARED = Path(__file__).parents[3] / "shared"
PUBLISHED = SHARED / "splits" / "ml100k_P1.parquet", SHARED / "data" / "ml100k" / "interactions.parquet"


@pytest.mark.skipif(not all(path.exists() for path in PUBLISHED), reason="needs the published split of MovieLens-100k")
def test_reproduces_the_published_split(splits):
    wanted = pl.read_parquet(PUBLISHED[0]).select("user_id", "item_id", "part")
    data = Slot("sources").build({"type": "parquet", "interactions": str(PUBLISHED[1])}).read()
    (split,) = splits("leave_one_out", data)
    got = split.to_frame().select("user_id", "item_id", "part")
    assert got.sort(pl.all()).equals(wanted.sort(pl.all()))
