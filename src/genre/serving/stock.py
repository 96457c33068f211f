"""Items as they are at a moment, to look through: found by words, filtered, in order, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.serving._conditions import Conditions
from genre.serving._shelf import Shelf
from genre.values import columns

Order = Literal["popular", "new", "id"]


@dataclass(frozen=True, eq=False)
class Stock:
    """What the service lists from; it stays as it is while the service goes on.

    Attributes:
        popularity: float32 [N], as fallbacks rank by.
    """

    shelf: Shelf
    popularity: NDArray[np.float32]

    @property
    def items(self) -> pl.DataFrame:
        """All items by row, those that were deleted too."""
        return self.shelf.model.catalog.items

    @property
    def n_listed(self) -> int:
        """Items that may be listed."""
        return int(self.shelf.listed.sum())

    def find(self, text: str = "", conditions: Conditions | None = None, order: Order = "popular") -> NDArray[np.int64]:
        """Rows of the items that may be listed, fulfil the conditions and hold a text, in order.

        Args:
            text: any letters of an id or of a column of texts, large or small; empty: all items.

        Raises:
            RecipeError: the conditions do not fit the items.
        """
        wanted = self.shelf.mask(conditions)
        if text.strip():
            wanted = wanted & self._holding(text.strip())
        rows = np.flatnonzero(wanted)
        if order == "id":
            return rows
        by = self.popularity if order == "popular" else self.shelf.arrived
        return rows[np.argsort(-by[rows], kind="stable")]

    def rows(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> list[dict[str, Any]]:
        """Columns of some items."""
        return self.items[np.asarray(rows)].to_dicts()

    def row(self, item_id: str) -> int | None:
        """Of an item that may be listed; None where there is none."""
        row = int(self.shelf.rows([item_id])[0])
        return row if row >= 0 and self.shelf.listed[row] else None

    def place(self, row: int) -> int:
        """Of an item among all by popularity, 1: the most popular; equal ones share a place."""
        return 1 + int((self.popularity[self.shelf.listed] > self.popularity[row]).sum())

    def _holding(self, text: str) -> NDArray[np.bool_]:
        found = np.zeros(self.shelf.n_items, dtype=np.bool_)
        for column in self.items.get_columns():
            if column.dtype == pl.String or column.name == columns.ITEM_ID:
                letters = column.cast(pl.String).str.to_lowercase()
                found |= letters.str.contains(text.lower(), literal=True).fill_null(False).to_numpy()
        return found
