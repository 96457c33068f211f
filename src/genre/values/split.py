"""Which interactions teach, which steer and which judge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.values import columns
from genre.values.histories import Histories
from genre.values.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Split:
    """Training, validation and test parts over the same vocabularies.

    Attributes:
        train: the only part that anything is fitted, counted or mined on.
        valid: early stopping and blend weights.
        test: the judged part. Nothing that learns ever receives it (`without_test`).
        fold: number of this split among those the splitter gives.
        kind: the splitter's word, for tables and file names.
        seed: the seed that made the split, None where it has no part in it.
        has_valid_history: whether histories at test time hold the validation part too.
        candidates: bool [N], the items that may be listed when judging on the test part, None for the whole catalogue.
        valid_candidates: bool [N], the same for the validation part.
        history: what judged users who are absent from training touched before: part of their histories, never of
            what is learned. None where users are not held out.
    """

    train: Interactions
    valid: Interactions
    test: Interactions
    fold: int = 0
    kind: str = ""
    seed: int | None = None
    has_valid_history: bool = True
    candidates: NDArray[np.bool_] | None = field(default=None)
    valid_candidates: NDArray[np.bool_] | None = field(default=None)
    history: Interactions | None = field(default=None)

    def __post_init__(self) -> None:
        for part in (self.valid, self.test, *self._history()):
            if part.n_users != self.train.n_users or part.n_items != self.train.n_items:
                raise ValueError("the parts of a split share their vocabularies")
        for candidates in (self.candidates, self.valid_candidates):
            if candidates is not None and candidates.shape != (self.train.n_items,):
                raise ValueError(f"candidates: expected bool [{self.train.n_items}]")

    def without_test(self) -> Split:
        """The same split with an empty test part: what learning code is given.

        Of held-out users only those who are judged on the validation part keep their history.
        """
        history = self.history
        if history is not None:
            history = history.take(np.isin(history.user_rows, self.valid.user_rows))
        return replace(self, test=self.test.take(np.empty(0, dtype=np.int64)), history=history)

    def valid_histories(self) -> Histories:
        """Histories of all users (B = U) when judging on the validation part: what came before it."""
        return Interactions.concat([self.train, *self._history()]).histories()

    def test_histories(self) -> Histories:
        """Histories of all users (B = U) when judging on the test part."""
        return self.seen().histories() if self.has_valid_history else self.valid_histories()

    def seen(self) -> Interactions:
        """What users touched before the test: never listed when judging."""
        return Interactions.concat([self.train, *self._history(), self.valid])

    def to_frame(self) -> pl.DataFrame:
        """One table with a `part` column: train, valid, test, and history where users are held out."""
        parts = [(columns.TRAIN, self.train), (columns.VALID, self.valid), (columns.TEST, self.test)]
        parts += [(columns.HISTORY, part) for part in self._history()]
        return pl.concat([part.to_frame().with_columns(pl.lit(name).alias(columns.PART)) for name, part in parts])

    def _history(self) -> tuple[Interactions, ...]:
        return () if self.history is None else (self.history,)
