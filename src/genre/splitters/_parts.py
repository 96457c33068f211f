"""What splitters share: parts by mask, positions within users, and faults."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.core.errors import DataError, Fault
from genre.splitters.base import SplitterConfig
from genre.values import Dataset, Interactions, Split

TRAIN, VALID, TEST = 0, 1, 2
HISTORY = 3
"""Marks of interactions: int8 [E]."""


class WithHistoryConfig(SplitterConfig):
    """Base of configs that let the recipe say what histories hold at test time."""

    history: Literal["train", "train_valid"] = Field(
        "train_valid", description="What histories hold at test time: the training part only, or validation too."
    )

    @property
    def has_valid_history(self) -> bool:
        return self.history == "train_valid"


def split_by(
    interactions: Interactions,
    marks: NDArray[np.int8],
    kind: str,
    *,
    fold: int = 0,
    seed: int | None = None,
    has_valid_history: bool = True,
) -> Split:
    """The split that marks [E] describe; parts keep the order of the file.

    Raises:
        DataError: nothing is left to learn from.
    """
    train, valid, test = (interactions.take(np.flatnonzero(marks == mark)) for mark in (TRAIN, VALID, TEST))
    if not len(train):
        raise DataError(
            Fault(
                "data.splitter",
                f"'{kind}' leaves none of {len(interactions)} interactions for training.",
                "Give it more data or smaller shares.",
            )
        )
    history = interactions.take(np.flatnonzero(marks == HISTORY)) if (marks == HISTORY).any() else None
    return Split(train, valid, test, fold, kind, seed, has_valid_history, history=history)


def require_judged(split: Split) -> Split:
    """The split, if there is something to judge.

    Raises:
        DataError: the test part is empty.
    """
    if not len(split.test):
        raise DataError(
            Fault(
                "data.splitter",
                f"'{split.kind}' leaves no interaction for testing.",
                "Give it more data or larger shares; users need at least 3 interactions each.",
            )
        )
    return split


def require_times(dataset: Dataset, kind: str) -> NDArray[np.int64]:
    """The times of all interactions.

    Raises:
        DataError: there are none.
    """
    if dataset.interactions.timestamps is None:
        raise DataError(
            Fault(
                "data.splitter",
                f"'{kind}' needs times, which the interactions lack.",
                "Name the time column in the source, or use holdout or leave_one_out (which then goes by file order).",
            )
        )
    return dataset.interactions.timestamps


def places_from_end(interactions: Interactions, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many interactions of the same user follow each one in `order` (sorted by user): int64 [E], 0 for the last."""
    ends = np.cumsum(interactions.activity())
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.repeat(ends, interactions.activity()) - 1 - np.arange(len(order))
    return places


def random_places(interactions: Interactions, random: np.random.Generator) -> NDArray[np.int64]:
    """A random order within each user: int64 [E], 0..n-1 for a user of n interactions.

    Users are drawn for in row order, one permutation of their interactions in time order each: a common way to make
    random splits, so that those of others come out again from their seed.
    """
    order = interactions.time_order()
    drawn = [random.permutation(int(count)) for count in interactions.activity()]
    ranks = np.concatenate([np.argsort(permutation) for permutation in drawn]) if drawn else np.empty(0, np.int64)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = ranks
    return places


def shares(counts: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """That share of each count, rounded (halves to even), at least 1 unless the share is 0."""
    taken: NDArray[np.int64] = np.rint(counts * share).astype(np.int64)
    return np.maximum(taken, 1) if share > 0 else taken
