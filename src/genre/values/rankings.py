"""Ranked lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.values import columns
from genre.values.vocabulary import UNKNOWN, Vocabulary


@dataclass(frozen=True, eq=False)
class Rankings:
    """B lists of up to K items, best first.

    Attributes:
        item_rows: int32 [B, K]; -1 where a list is shorter, only at its end.
        scores: float32 [B, K]; not finite where `item_rows` is -1.
    """

    item_rows: NDArray[np.int32]
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.item_rows.dtype != np.int32 or self.item_rows.ndim != 2 or self.item_rows.shape != self.scores.shape:
            raise ValueError("rankings: item_rows int32 [B, K] and scores [B, K] must have one shape")

    def __len__(self) -> int:
        return len(self.item_rows)

    @staticmethod
    def joined(parts: Sequence[Rankings]) -> Rankings:
        """At least one table of lists of one depth, one below the other."""
        if len(parts) == 1:
            return parts[0]
        rows, scores = ([getattr(part, name) for part in parts] for name in ("item_rows", "scores"))
        return Rankings(np.concatenate(rows), np.concatenate(scores))

    @property
    def depth(self) -> int:
        """K."""
        return self.item_rows.shape[1]

    def head(self, k: int) -> Rankings:
        """The first k of each list."""
        return Rankings(self.item_rows[:, :k], self.scores[:, :k])

    def to_frame(self, user_ids: pl.Series, items: Vocabulary) -> pl.DataFrame:
        """A table user_id, item_id, rank (1 is best), score; one row per listed item."""
        rows, places = np.nonzero(self.item_rows != UNKNOWN)
        return pl.DataFrame(
            {
                columns.USER_ID: user_ids.gather(rows),
                columns.ITEM_ID: items.lookup(self.item_rows[rows, places]),
                columns.RANK: (places + 1).astype(np.int32),
                columns.SCORE: self.scores[rows, places],
            }
        )
