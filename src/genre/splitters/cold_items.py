"""A share of the items is unseen in training, and only those may be listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genre.core.seeds import generator
from genre.splitters._parts import TEST, TRAIN, VALID, require_judged, split_by
from genre.splitters.base import Splitter, SplitterConfig
from genre.values import Dataset, Interactions, Split


class ColdItemsConfig(SplitterConfig):
    """How many items are cold, and what steers."""

    test: float = Field(0.2, gt=0, lt=1, description="Share of items whose interactions judge; never seen before.")
    valid: float = Field(0.1, gt=0, lt=1, description="Share of items (or interactions) that steer.")
    valid_items: Literal["cold", "warm"] = Field(
        "cold", description="Whether the validation part holds other unseen items, or a share of the rest at random."
    )

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.valid + self.test >= 1:
            raise ValueError("valid and test together leave nothing for training. Keep their sum below 1.")
        return self


class ColdItemsSplitter(Splitter):
    """Shares count items that somebody touched. Lists hold the cold items of their part only.

    Histories hold the training part, so nothing but content says anything about the items to be listed.
    """

    config: ColdItemsConfig
    EXAMPLES = ({}, {"test": 0.3, "valid_items": "warm"})

    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        yield require_judged(self._split(dataset, seed, self.config.test))

    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        return self._split(dataset, seed, 0.0)

    def _split(self, dataset: Dataset, seed: int, test: float) -> Split:
        interactions, random = dataset.interactions, generator(seed, "cold_items")
        is_test, is_valid = self._cold(interactions, test, random)
        marks = np.full(len(interactions), TRAIN, dtype=np.int8)
        marks[is_test[interactions.item_rows]] = TEST
        if self.config.valid_items == "cold":
            marks[is_valid[interactions.item_rows]] = VALID
        else:
            warm = np.flatnonzero(marks == TRAIN)
            n_valid = max(1, int(self.config.valid * len(warm) + 0.5))
            marks[random.permutation(warm)[:n_valid]] = VALID
        split = split_by(interactions, marks, self.config.type_name(), seed=seed, has_valid_history=False)
        return replace(
            split,
            candidates=is_test if test else None,
            valid_candidates=is_valid if self.config.valid_items == "cold" else None,
        )

    def _cold(
        self, interactions: Interactions, test: float, random: np.random.Generator
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which items (bool [N] each) are cold in the test and in the validation part."""
        touched = random.permutation(np.flatnonzero(interactions.popularity()))
        n_test = max(1, int(test * len(touched) + 0.5)) if test else 0
        n_valid = max(1, int(self.config.valid * len(touched) + 0.5))
        is_test, is_valid = np.zeros((2, interactions.n_items), dtype=np.bool_)
        is_test[touched[:n_test]] = True
        is_valid[touched[n_test : n_test + n_valid]] = True
        return is_test, is_valid
