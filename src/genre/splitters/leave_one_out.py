"""The last interaction of each user is test, the one before it validation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from genre.splitters._parts import TEST, TRAIN, VALID, places_from_end, require_judged, split_by
from genre.splitters.base import Splitter, SplitterConfig
from genre.values import Dataset, Split


class LeaveOneOutConfig(SplitterConfig):
    """Who is judged."""

    min_interactions: int = Field(
        3, ge=3, description="Users with fewer interactions stay in training and are not judged."
    )


class LeaveOneOutSplitter(Splitter):
    """By time within each user; tied times, and interactions without times, keep file order.

    At test time the history is training and validation part. Users are cut at different times, so training may hold
    what other users did after a judged interaction: use `temporal` where that matters.
    """

    config: LeaveOneOutConfig
    EXAMPLES = ({}, {"min_interactions": 6})

    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        yield require_judged(self._split(dataset, (TEST, VALID)))

    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        return self._split(dataset, (VALID,))

    def _split(self, dataset: Dataset, last: tuple[int, ...]) -> Split:
        interactions = dataset.interactions
        places = places_from_end(interactions, interactions.time_order())
        is_judged = interactions.activity() >= self.config.min_interactions
        marks = np.full(len(interactions), TRAIN, dtype=np.int8)
        for place, mark in enumerate(last):
            marks[(places == place) & is_judged[interactions.user_rows]] = mark
        return split_by(interactions, marks, self.config.type_name())
