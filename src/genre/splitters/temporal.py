"""Two points in time, the same for everybody: before the first teaches, after the second judges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from genre.core.errors import DataError, Fault
from genre.splitters._parts import TEST, TRAIN, VALID, require_judged, require_times, split_by
from genre.splitters.base import Splitter, SplitterConfig
from genre.values import Dataset, Split


class TemporalConfig(SplitterConfig):
    """How much comes after each of the two points in time."""

    valid: float = Field(0.1, gt=0, lt=1, description="Share of interactions between the two points in time.")
    test: float = Field(0.1, gt=0, lt=1, description="Share of interactions after the second point in time.")

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.valid + self.test >= 1:
            raise ValueError("valid and test together leave nothing for training. Keep their sum below 1.")
        return self


class TemporalSplitter(Splitter):
    """No part holds anything later than a part that follows it: what is known before is judged on what came next.

    All interactions at a cut time go to its later side, so the shares are met as nearly as tied times allow. Users
    and items that first appear after a cut are cold there, as they would have been.
    """

    config: TemporalConfig
    EXAMPLES = ({}, {"valid": 0.2, "test": 0.3})

    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        yield require_judged(self._split(dataset, ((self.config.test, TEST), (self.config.valid, VALID))))

    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        return self._split(dataset, ((self.config.valid, VALID),))

    def _split(self, dataset: Dataset, last: tuple[tuple[float, int], ...]) -> Split:
        """Parts from the end: each with its share and mark."""
        times = require_times(dataset, self.config.type_name())
        marks = np.full(len(times), TRAIN, dtype=np.int8)
        before = len(times)
        for share, mark in last:
            before -= max(1, int(share * len(times) + 0.5))
            cut = _time_at(times, max(before, 0))
            marks[(times >= cut) & (marks == TRAIN)] = mark
        if not (marks == TRAIN).any():
            raise DataError(
                Fault(
                    "data.splitter",
                    "'temporal' finds too few different times to divide the interactions.",
                    "Use leave_one_out or holdout, or name the column that holds the time.",
                )
            )
        return split_by(dataset.interactions, marks, self.config.type_name())


def _time_at(times: np.ndarray, place: int) -> np.int64:
    """The time at this place of the sorted times."""
    cut: np.int64 = np.partition(times, place)[place]
    return cut
