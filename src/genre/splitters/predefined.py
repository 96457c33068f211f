"""A column of the source says train, valid or test, so that other libraries are compared on the very same split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.errors import DataError, Fault
from genre.splitters._parts import TEST, TRAIN, VALID, WithHistoryConfig, require_judged, split_by
from genre.splitters.base import Splitter
from genre.values import Dataset, Split


class PredefinedConfig(WithHistoryConfig):
    """The words in the part column, and what histories hold."""

    train: str = Field("train", description="The word for the part that teaches.")
    valid: str = Field("valid", description="The word for the part that steers.")
    test: str = Field("test", description="The word for the part that judges.")


class PredefinedSplitter(Splitter):
    """Takes the parts as they are given."""

    config: PredefinedConfig
    EXAMPLES = ({}, {"history": "train"})

    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        yield require_judged(self._split(dataset, self._marks(dataset)))

    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        marks = self._marks(dataset)
        return self._split(dataset, np.where(marks == TEST, TRAIN, marks).astype(np.int8))

    def _split(self, dataset: Dataset, marks: NDArray[np.int8]) -> Split:
        return split_by(
            dataset.interactions, marks, self.config.type_name(), has_valid_history=self.config.has_valid_history
        )

    def _marks(self, dataset: Dataset) -> NDArray[np.int8]:
        if dataset.parts is None:
            raise DataError(
                Fault(
                    "data.splitter",
                    "'predefined' needs a column that says train, valid or test.",
                    "Name it in the source: columns: {part: ...}.",
                )
            )
        words = {self.config.train: TRAIN, self.config.valid: VALID, self.config.test: TEST}
        known = dataset.parts.is_in(list(words)).fill_null(False)
        if not known.all():
            raise DataError(_unknown(dataset.parts.filter(~known), list(words)))
        return dataset.parts.replace_strict(words, return_dtype=pl.Int8).to_numpy()


def _unknown(parts: pl.Series, words: list[str]) -> Fault:
    shown = ", ".join("nothing" if word is None else f"'{word}'" for word in parts.unique(maintain_order=True)[:5])
    return Fault(
        "data.source.columns.part",
        f"{len(parts)} interactions are marked {shown}, which is none of {', '.join(words)}.",
        "Name the words in the splitter: {train: ..., valid: ..., test: ...}.",
    )
