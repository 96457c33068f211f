"""Which users go into which bucket."""

from __future__ import annotations

import numpy as np
import pytest

from genre.experiment.buckets import groupings
from genre.experiment.exam import Exam
from genre.testing.data import tiny_dataset
from genre.values import Interactions, Split, Vocabulary
from genre.values.popularity import popularity_classes


def interactions(pairs: list[tuple[int, int]], n_users: int, n_items: int) -> Interactions:
    users, items = (np.array(side, dtype=np.int32) for side in zip(*pairs, strict=True))
    return Interactions(Vocabulary(map(str, range(n_users))), Vocabulary(map(str, range(n_items))), users, items)


def test_popularity_classes_hold_a_third_of_training_each() -> None:
    classes = popularity_classes(np.array([0, 10, 3, 3, 3, 1, 5, 5, 0]))
    assert classes.tolist() == [0, 3, 1, 1, 1, 1, 2, 2, 0]


def test_equally_popular_items_share_a_class() -> None:
    assert set(popularity_classes(np.array([2, 2, 2, 2])).tolist()) == {3}
    assert popularity_classes(np.zeros(3, dtype=np.int64)).tolist() == [0, 0, 0]


def test_users_by_history_and_by_the_middle_test_item() -> None:
    lengths = {0: 0, 1: 1, 2: 5, 3: 6, 4: 101}
    train = [(user, item % 12) for user, length in lengths.items() for item in range(length)]
    test = [(user, 13) for user in lengths] + [(0, 0), (0, 1), (1, 0)]
    split = Split(
        interactions(train, 5, 14),
        interactions([(0, 0)], 5, 14).take(np.array([], dtype=int)),
        interactions(test, 5, 14),
    )
    history, popularity = groupings(Exam.of(split, tiny_dataset().catalog))
    assert [history.names[place] for place in history.buckets] == ["0", "1-5", "1-5", "6-20", "over 100"]
    names = [popularity.names[place] for place in popularity.buckets]
    assert names[2:] == ["cold"] * 3
    assert names[0] != "cold", "of three test items the middle one decides"
    assert names[1] == "cold", "of two the less popular one"


@pytest.mark.parametrize("kind", [0, 1])
def test_every_user_is_in_one_bucket(split: Split, kind: int) -> None:
    exam = Exam.of(split, tiny_dataset().catalog)
    grouping = groupings(exam)[kind]
    assert len(grouping.buckets) == len(exam)
    assert set(grouping.buckets.tolist()) <= set(range(len(grouping.names)))
