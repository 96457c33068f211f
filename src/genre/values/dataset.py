"""What a source gives: interactions, a catalogue, and an account of every row that was set aside."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from genre.values.catalog import Catalog
from genre.values.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Quarantine:
    """Rows set aside from one table for one reason.

    Attributes:
        table: interactions, items, users or graph.
        reason: a short sentence.
        n_rows: how many.
        examples: the first few of them with their line or row number in the file.
    """

    table: str
    reason: str
    n_rows: int
    examples: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Dataset:
    """Everything a recipe's `data` section yields.

    Attributes:
        parts: text [E], the predefined part of each interaction, when the source has such a column.
        n_below_threshold: interactions left out because their rating is below the recipe's threshold.
        fingerprint: sha256 over the tables after cleaning, for bundles and reports.
    """

    interactions: Interactions
    catalog: Catalog
    quarantine: tuple[Quarantine, ...] = ()
    parts: pl.Series | None = None
    n_below_threshold: int = 0
    fingerprint: str = ""

    @property
    def n_quarantined(self) -> int:
        return sum(entry.n_rows for entry in self.quarantine)
