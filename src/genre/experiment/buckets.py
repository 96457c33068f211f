"""Judged users by how much is known about them and about what they touched next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.experiment.exam import Exam
from genre.values.popularity import POPULARITY_NAMES, popularity_classes

HISTORY_EDGES = (0, 5, 20, 100)
HISTORY_NAMES = ("0", "1-5", "6-20", "21-100", "over 100")


@dataclass(frozen=True, eq=False)
class Grouping:
    """One way to divide users.

    Attributes:
        name: what it goes by.
        names: of its buckets.
        buckets: int8 [B], which one each judged user is in.
    """

    name: str
    names: tuple[str, ...]
    buckets: NDArray[np.int8]


def groupings(exam: Exam) -> tuple[Grouping, ...]:
    """By length of the history (0: a cold user), and by popularity of the test items (cold: unseen in training).

    A user with several test items is put where the middle one of them is.
    """
    by_length = np.searchsorted(HISTORY_EDGES, exam.histories.lengths).astype(np.int8)
    classes = popularity_classes(exam.popularity)
    by_popularity = classes[_middle_items(exam)]
    return (
        Grouping("history", HISTORY_NAMES, by_length),
        Grouping("popularity", POPULARITY_NAMES, by_popularity),
    )


def _middle_items(exam: Exam) -> NDArray[np.int32]:
    """The test item of each user whose popularity is the (lower) median of their test items: int32 [B]."""
    items, lengths = exam.relevant.item_rows, exam.relevant.lengths
    users = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((exam.popularity[items], users))
    return items[order[exam.relevant.offsets[:-1] + (lengths - 1) // 2]]
