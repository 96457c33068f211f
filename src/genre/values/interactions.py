"""Who touched what and when, as arrays of rows in file order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.values import columns
from genre.values.histories import Histories
from genre.values.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Interactions:
    """E interactions of U users with N items.

    Attributes:
        users, items: the vocabularies that `user_rows` and `item_rows` point into.
        user_rows, item_rows: int32 [E].
        timestamps: int64 [E], milliseconds since 1970 UTC (or any order), or None.
        weights: float32 [E], how much an interaction counts, or None for 1.
        ratings: float32 [E], NaN where an interaction has none, or None.
    """

    users: Vocabulary
    items: Vocabulary
    user_rows: NDArray[np.int32]
    item_rows: NDArray[np.int32]
    timestamps: NDArray[np.int64] | None = None
    weights: NDArray[np.float32] | None = None
    ratings: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        for name, limit in (("user_rows", len(self.users)), ("item_rows", len(self.items))):
            rows = getattr(self, name)
            if rows.dtype != np.int32 or rows.ndim != 1:
                raise ValueError(f"{name}: expected int32 [E], got {rows.dtype} {list(rows.shape)}")
            if len(rows) and (rows.min() < 0 or rows.max() >= limit):
                raise ValueError(f"{name}: rows outside 0..{limit - 1}")
        for name in ("item_rows", "timestamps", "weights", "ratings"):
            array = getattr(self, name)
            if array is not None and len(array) != len(self.user_rows):
                raise ValueError(f"{name}: {len(array)} values for {len(self.user_rows)} interactions")

    def __len__(self) -> int:
        return len(self.user_rows)

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.items)

    def take(self, which: NDArray[np.bool_] | NDArray[np.integer]) -> Interactions:
        """Those interactions that a mask or row numbers [E'] choose, in the given order."""
        arrays = {
            name: getattr(self, name)[which]
            for name in ("user_rows", "item_rows", "timestamps", "weights", "ratings")
            if getattr(self, name) is not None
        }
        return replace(self, **arrays)

    @staticmethod
    def concat(parts: Sequence[Interactions]) -> Interactions:
        """Interactions over the same vocabularies, one after the other."""
        first = parts[0]

        def joined(name: str) -> Any:
            arrays = [getattr(part, name) for part in parts]
            return None if any(array is None for array in arrays) else np.concatenate(arrays)

        names = ("user_rows", "item_rows", "timestamps", "weights", "ratings")
        return replace(first, **{name: joined(name) for name in names})

    def time_order(self) -> NDArray[np.int64]:
        """Row numbers [E] sorted by user, then time; tied times keep file order."""
        if self.timestamps is None:
            return np.argsort(self.user_rows, kind="stable")
        by_time = np.argsort(self.timestamps, kind="stable")
        return by_time[np.argsort(self.user_rows[by_time], kind="stable")]

    def histories(self) -> Histories:
        """The history of every user (B = U), oldest first."""
        order = self.time_order()
        offsets = np.zeros(self.n_users + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.user_rows, minlength=self.n_users), out=offsets[1:])
        weights = None if self.weights is None else self.weights[order]
        ratings = None if self.ratings is None else self.ratings[order]
        users = np.arange(self.n_users, dtype=np.int32)
        return Histories(self.item_rows[order], offsets, self.n_items, weights, users, ratings)

    def matrix(self, binary: bool = True) -> sp.csr_array:
        """U x N float32; 1 per touched pair, or the sum of weights when not `binary`."""
        ones = np.ones(len(self), dtype=np.float32)
        values = ones if self.weights is None or binary else self.weights
        matrix = sp.csr_array((values, (self.user_rows, self.item_rows)), shape=(self.n_users, self.n_items))
        matrix.sum_duplicates()
        if binary:
            matrix.data[:] = 1.0
        return matrix

    def keys(self) -> NDArray[np.int64]:
        """One number per interaction, of its user and its item: int64 [E]."""
        return self.user_rows.astype(np.int64) * self.n_items + self.item_rows

    def popularity(self) -> NDArray[np.int64]:
        """How often each item was touched: int64 [N]."""
        return np.bincount(self.item_rows, minlength=self.n_items)

    def activity(self) -> NDArray[np.int64]:
        """How many interactions each user has: int64 [U]."""
        return np.bincount(self.user_rows, minlength=self.n_users)

    def to_frame(self) -> pl.DataFrame:
        """A table with outside ids: user_id, item_id and what else is known."""
        frame = pl.DataFrame(
            {
                columns.USER_ID: self.users.lookup(self.user_rows),
                columns.ITEM_ID: self.items.lookup(self.item_rows),
            }
        )
        extras = {columns.RATING: self.ratings, columns.WEIGHT: self.weights, columns.TIMESTAMP: self.timestamps}
        return frame.with_columns(**{name: array for name, array in extras.items() if array is not None})
