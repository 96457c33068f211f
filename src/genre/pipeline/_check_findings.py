"""What a check found, one finding per thing looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from genre.core.errors import Fault

Level = Literal["PASS", "WARN", "FAIL"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: FAIL keeps `fit` or `evaluate` from working or makes their results worthless, WARN is worth a look.
        where: YAML path, or table and column.
        examples: rows that show it, as plain values by column.
    """

    level: Level
    where: str
    what: str
    mend: str = ""
    examples: tuple[dict[str, Any], ...] = ()

    @staticmethod
    def fail(fault: Fault) -> Finding:
        """A fault as a finding."""
        return Finding("FAIL", fault.where, fault.what, fault.mend)

    def fault(self) -> Fault:
        """The finding as a fault."""
        return Fault(self.where, self.what, self.mend)

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "where": self.where,
            "what": self.what,
            "mend": self.mend,
            "examples": list(self.examples),
        }


def failures(faults: Iterable[Fault]) -> tuple[Finding, ...]:
    """Faults as findings."""
    return tuple(Finding.fail(fault) for fault in faults)


def example_rows(frame: pl.DataFrame, n_rows: int = 5) -> tuple[dict[str, Any], ...]:
    """The first rows as values that JSON can hold; long texts are cut."""
    return tuple({name: _plain(value) for name, value in row.items()} for row in frame.head(n_rows).to_dicts())


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
