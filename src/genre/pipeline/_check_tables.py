"""Findings about the rows of tables: what was set aside and what is odd."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import polars as pl

from genre.pipeline._check_findings import Finding, Level, example_rows
from genre.values import Dataset, Quarantine, Remark, columns

USELESS_SHARE = 0.5
"""When more of a table than this is set aside for one reason, the recipe probably names the wrong column or unit."""

KEYS = (columns.USER_ID, columns.ITEM_ID)


def table_findings(dataset: Dataset, read: Collection[str]) -> Iterator[Finding]:
    """What happened to the rows of every table; of columns that features may read only those in `read` matter."""
    total = len(dataset.interactions) + dataset.n_below_threshold
    yield Finding(
        "PASS",
        "data.source",
        f"{len(dataset.interactions):,} interactions of {dataset.catalog.n_users:,} users "
        f"with {dataset.catalog.n_items:,} items.",
    )
    for entry in dataset.quarantine:
        yield _set_aside(entry, _rows_of(entry.table, dataset, total))
    if dataset.n_below_threshold:
        share = dataset.n_below_threshold / total
        what = f"{dataset.n_below_threshold:,} interactions ({share:.0%}) are rated below the threshold and left out."
        yield Finding("WARN" if share > USELESS_SHARE else "PASS", "data.source.rating_threshold", what)
    for remark in dataset.remarks:
        finding = _remark(remark, read)
        if finding is not None:
            yield finding
    if not dataset.quarantine:
        yield Finding("PASS", "rows", "every row of every table could be used.")


def _set_aside(entry: Quarantine, kept: int) -> Finding:
    share = entry.n_rows / max(kept + entry.n_rows, 1)
    is_copy = entry.reason.startswith("same user, item")
    level: Level = "FAIL" if share > USELESS_SHARE and not is_copy else "WARN"
    what = f"{entry.n_rows:,} rows ({_percent(share)}) set aside: {entry.reason}."
    return Finding(level, _place(entry), what, entry.mend, example_rows(entry.examples))


def _place(entry: Quarantine) -> str:
    rows = entry.rows[columns.ROW].head(3).to_list() if columns.ROW in entry.rows.columns else []
    shown = ", ".join(str(row) for row in rows) + (" ..." if entry.n_rows > len(rows) else "")
    return f"{entry.table}, row{'s' if entry.n_rows > 1 else ''} {shown}" if rows else entry.table


def _remark(remark: Remark, read: Collection[str]) -> Finding | None:
    """A remark as a finding; those about columns that no feature reads are left out."""
    column, separator, rest = remark.what.partition(": ")
    if not separator:
        column, rest = "", remark.what
    if remark.table in ("items", "users", "reviews") and column and column not in (*read, *KEYS):
        return None
    where = f"{remark.table}, column '{column}'" if column else remark.table
    what = f"{rest} ({remark.n_rows:,} rows)."
    level: Level = "FAIL" if remark.is_fault else "WARN"
    return Finding(level, where, what, remark.mend, example_rows(_telling(remark.examples, column)))


def _telling(examples: pl.DataFrame, column: str) -> pl.DataFrame:
    """The columns of example rows that show what is meant."""
    wanted = (columns.ROW, columns.USER_ID, columns.ITEM_ID, column)
    chosen = list(dict.fromkeys(name for name in wanted if name in examples.columns))
    return examples.select(chosen) if column in examples.columns and len(chosen) > 1 else examples


def _rows_of(table: str, dataset: Dataset, n_interactions: int) -> int:
    catalog = dataset.catalog
    frame = None if table == "interactions" else getattr(catalog, table)
    return n_interactions if frame is None else len(frame)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else f"{share:.2%}"
