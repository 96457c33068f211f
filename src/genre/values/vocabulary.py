"""Ids outside, rows inside: the one translation between them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

UNKNOWN = -1


class Vocabulary:
    """The ids of users or items in row order.

    Args:
        ids: unique, non-null; kept as text, so that 7 and "7" are the same id.
    """

    def __init__(self, ids: pl.Series | Iterable[str]) -> None:
        series = ids if isinstance(ids, pl.Series) else pl.Series("id", list(ids), dtype=pl.String)
        self.ids: pl.Series = series.cast(pl.String).alias("id").rechunk()
        if self.ids.null_count():
            raise ValueError("a vocabulary holds no null ids")
        if self.ids.n_unique() != len(self.ids):
            raise ValueError("a vocabulary holds each id once")

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.ids.equals(other.ids)

    def __hash__(self) -> int:
        return hash((len(self), self.ids.hash().sum()))

    def __contains__(self, id: object) -> bool:
        return str(id) in self._row_of

    def rows(self, ids: pl.Series | Iterable[str | int]) -> NDArray[np.int32]:
        """Rows of `ids` (any length n): int32 [n], `UNKNOWN` (-1) where an id is not known."""
        if not isinstance(ids, pl.Series):
            found = [self._row_of.get(str(id), UNKNOWN) for id in ids]
            return np.asarray(found, dtype=np.int32)
        asked = pl.DataFrame({"id": ids.cast(pl.String)})
        rows = asked.join(self._table, on="id", how="left", maintain_order="left")["row"].fill_null(UNKNOWN)
        return rows.to_numpy().astype(np.int32, copy=False)

    def lookup(self, rows: NDArray[np.integer]) -> pl.Series:
        """Ids of `rows`, the inverse of `rows`; `UNKNOWN` gives null."""
        indices = pl.Series(rows.astype(np.int64)).cast(pl.Int64)
        return self.ids.gather(indices.set(indices < 0, None).cast(pl.UInt32))

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {id: row for row, id in enumerate(self.ids.to_list())}

    @cached_property
    def _table(self) -> pl.DataFrame:
        return pl.DataFrame({"id": self.ids, "row": np.arange(len(self.ids), dtype=np.int32)})
