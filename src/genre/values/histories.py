"""What users touched, oldest first: the question that every recommender answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

PADDING = -1


@dataclass(frozen=True, eq=False)
class Histories:
    """B histories of any length, flat.

    Attributes:
        item_rows: int32 [T], all histories one after the other, each oldest first.
        offsets: int64 [B + 1]; history b is `item_rows[offsets[b]:offsets[b + 1]]`.
        n_items: N, the size of the catalogue that rows point into.
        weights: float32 [T] or None for 1.
        ratings: float32 [T], NaN where there is none; None where no item of a history has any.
        user_rows: int32 [B], the row of each history's user for profile features, -1 for a stranger; None: all are.
        profiles: float32 [B, D], what a recommender makes of profiles that come with the histories, zero for none; it
            counts instead of what it knows of `user_rows`. None: none came.
    """

    item_rows: NDArray[np.int32]
    offsets: NDArray[np.int64]
    n_items: int
    weights: NDArray[np.float32] | None = None
    user_rows: NDArray[np.int32] | None = None
    ratings: NDArray[np.float32] | None = None
    profiles: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.item_rows.dtype != np.int32:
            raise ValueError(f"item_rows: expected int32, got {self.item_rows.dtype}")
        if len(self.offsets) == 0 or self.offsets[0] != 0 or self.offsets[-1] != len(self.item_rows):
            raise ValueError("offsets: must start at 0 and end at the number of history entries")
        if np.any(np.diff(self.offsets) < 0):
            raise ValueError("offsets: must not fall")
        if len(self.item_rows) and (self.item_rows.min() < 0 or self.item_rows.max() >= self.n_items):
            raise ValueError(f"item_rows: rows outside 0..{self.n_items - 1}")

    @staticmethod
    def of(lists: Sequence[Sequence[int] | NDArray[np.integer]], n_items: int) -> Histories:
        """From lists of item rows; rows below 0 (unknown items) are left out."""
        arrays = [np.asarray(rows, dtype=np.int32) for rows in lists]
        arrays = [rows[rows >= 0] for rows in arrays]
        offsets = np.cumsum([0, *(len(rows) for rows in arrays)]).astype(np.int64)
        flat = np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int32)
        return Histories(flat.astype(np.int32), offsets, n_items)

    @staticmethod
    def empty(n_histories: int, n_items: int) -> Histories:
        """Histories of nobody who touched anything."""
        return Histories(np.empty(0, dtype=np.int32), np.zeros(n_histories + 1, dtype=np.int64), n_items)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[np.int32]:
        return self.item_rows[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """int64 [B]."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.integer]) -> Histories:
        """The histories at positions `rows` [B'], in that order."""
        lengths = self.lengths[rows]
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        flat = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Histories(
            self.item_rows[flat],
            offsets,
            self.n_items,
            None if self.weights is None else self.weights[flat],
            None if self.user_rows is None else self.user_rows[rows],
            None if self.ratings is None else self.ratings[flat],
            None if self.profiles is None else self.profiles[rows],
        )

    def block(self, start: int, stop: int) -> Histories:
        """Histories `start` to `stop` (exclusive)."""
        return self.take(np.arange(start, min(stop, len(self))))

    def within(self, n_items: int) -> Histories:
        """Only what was touched of the first `n_items` items."""
        is_within = self.item_rows < n_items
        counted = np.concatenate([[0], np.cumsum(is_within)])
        return replace(
            self,
            item_rows=self.item_rows[is_within],
            offsets=counted[self.offsets],
            n_items=n_items,
            weights=None if self.weights is None else self.weights[is_within],
            ratings=None if self.ratings is None else self.ratings[is_within],
        )

    def padded(self, length: int) -> NDArray[np.int64]:
        """The last `length` items of each history, int64 [B, L], ending at the right edge, `PADDING` (-1) before."""
        table = np.full((len(self), length), PADDING, dtype=np.int64)
        kept = np.minimum(self.lengths, length)
        position = np.arange(kept.sum()) - np.repeat(np.cumsum(kept) - kept, kept)
        rows = np.repeat(np.arange(len(self)), kept)
        columns = position + np.repeat(length - kept, kept)
        table[rows, columns] = self.item_rows[position + np.repeat(self.offsets[1:] - kept, kept)]
        return table

    def keys(self) -> NDArray[np.int64]:
        """One number per entry, of its history and its item: int64 [T]."""
        return np.repeat(np.arange(len(self)), self.lengths) * self.n_items + self.item_rows

    def matrix(self, binary: bool = True) -> sp.csr_array:
        """B x N float32; 1 per touched item, or the sum of weights when not `binary`."""
        values = np.ones(len(self.item_rows), np.float32) if self.weights is None or binary else self.weights
        matrix = sp.csr_array((values, self.item_rows, self.offsets), shape=(len(self), self.n_items), copy=True)
        matrix.sum_duplicates()
        if binary:
            matrix.data[:] = 1.0
        return matrix
