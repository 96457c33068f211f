"""What a source gives: interactions, a catalogue, and an account of every row that was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from genre.core.errors import DataError, Fault
from genre.values import columns
from genre.values.catalog import Catalog
from genre.values.files import write_table
from genre.values.interactions import Interactions

N_EXAMPLES = 5


@dataclass(frozen=True, eq=False)
class Quarantine:
    """Rows set aside from one table for one reason.

    Attributes:
        table: interactions, items, users, graph, links or reviews.
        reason: a short sentence.
        rows: all of them, as they stand in the file, with their `row` number there. In text files the header is row 1
            and line breaks inside quotes do not count; in parquet files the first row is 1. A row that could not be
            taken apart has its text in `line`.
        mend: what to do about them.
    """

    table: str
    reason: str
    rows: pl.DataFrame
    mend: str = ""

    @property
    def n_rows(self) -> int:
        return len(self.rows)

    @property
    def examples(self) -> pl.DataFrame:
        """The first few."""
        return self.rows.head(N_EXAMPLES)


@dataclass(frozen=True, eq=False)
class Remark:
    """Something odd about rows that were kept.

    Attributes:
        table: as in `Quarantine`.
        what: a short sentence that starts with the column or the kind of row.
        n_rows: how many rows.
        examples: the first few, with their `row` number where it is known.
        mend: what to do about them.
        is_fault: whether results would be worthless because of it.
    """

    table: str
    what: str
    n_rows: int
    examples: pl.DataFrame
    mend: str = ""
    is_fault: bool = False


@dataclass(frozen=True, eq=False)
class Dataset:
    """Everything a recipe's `data` section yields.

    Attributes:
        parts: text [E], the predefined part of each interaction, when the source has such a column.
        n_below_threshold: interactions left out because their rating is below the recipe's threshold.
        fingerprint: sha256 over the tables after cleaning, for bundles and reports.
        remarks: what is odd and was kept.
    """

    interactions: Interactions
    catalog: Catalog
    quarantine: tuple[Quarantine, ...] = ()
    parts: pl.Series | None = None
    n_below_threshold: int = 0
    fingerprint: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def n_quarantined(self) -> int:
        return sum(entry.n_rows for entry in self.quarantine)


def write_quarantine(quarantine: Sequence[Quarantine], path: Path) -> None:
    """All rows set aside in one file: table, row (number in its file), reason, content (the row as JSON).

    Args:
        path: ends with .parquet or .jsonl.

    Raises:
        DataError: another ending.
    """
    if path.suffix not in (".parquet", ".jsonl"):
        raise DataError(Fault(str(path), "rows set aside go to a .parquet or .jsonl file.", "Give it such a name."))
    schema = {"table": pl.String, columns.ROW: pl.Int64, columns.REASON: pl.String, "content": pl.String}
    frames = [pl.DataFrame(schema=schema)]
    frames += [
        entry.rows.select(
            pl.lit(entry.table).alias("table"),
            pl.col(columns.ROW).cast(pl.Int64),
            pl.lit(entry.reason).alias(columns.REASON),
            pl.struct(pl.exclude(columns.ROW)).struct.json_encode().alias("content"),
        )
        for entry in quarantine
    ]
    write_table(pl.concat(frames), path)
