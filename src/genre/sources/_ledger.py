"""The account of rows set aside and of what is odd."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from genre.sources._mends import mend_for
from genre.sources._raw import BrokenRow
from genre.values import Quarantine, Remark, columns


class Ledger:
    """Gathers rows by table and reason, in the order in which the reasons appear."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[pl.DataFrame]] = {}
        self._remarks: list[Remark] = []

    def set_aside(self, table: str, reason: str, rows: pl.DataFrame) -> None:
        """Rows with their `row` number."""
        if len(rows):
            self._rows.setdefault((table, reason), []).append(rows)

    def set_aside_broken(self, table: str, broken: Sequence[BrokenRow]) -> None:
        """Rows that could not be taken apart; those that differ in details only share a reason."""
        for row in broken:
            frame = pl.DataFrame({columns.ROW: [row.row], columns.LINE: [row.line]})
            self.set_aside(table, row.reason, frame)

    def remark(self, table: str, what: str, n_rows: int, examples: pl.DataFrame, is_fault: bool = False) -> None:
        """Something odd about rows that are kept."""
        if n_rows:
            self._remarks.append(Remark(table, what, n_rows, examples, mend_for(what), is_fault))

    @property
    def n_set_aside(self) -> int:
        return sum(len(frame) for frames in self._rows.values() for frame in frames)

    def quarantine(self) -> tuple[Quarantine, ...]:
        """All rows set aside so far."""
        return tuple(
            Quarantine(table, reason, pl.concat(frames, how="diagonal_relaxed"), mend_for(reason))
            for (table, reason), frames in self._rows.items()
        )

    def remarks(self) -> tuple[Remark, ...]:
        return tuple(self._remarks)
