"""What a recommender found out while it learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from genre.values.curve import Curve


@dataclass(frozen=True, eq=False)
class InsightTable:
    """A table for the report, such as the weight of each modality.

    Attributes:
        caption: a sentence on what the numbers are.
        rows: texts and numbers, a header per column.
    """

    title: str
    caption: str
    rows: pl.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Plain values, the table by column."""
        return {"title": self.title, "caption": self.caption, "columns": self.rows.to_dict(as_series=False)}

    @staticmethod
    def of(document: Mapping[str, Any]) -> InsightTable:
        """The inverse of `to_dict`."""
        return InsightTable(document["title"], document["caption"], pl.DataFrame(document["columns"]))


@dataclass(frozen=True, eq=False)
class Insight:
    """For the report, and for whoever asks why.

    Attributes:
        choices: what was chosen on validation users, in words, by name.
        curves: training curves by the name of the part that was trained; "" is the recommender itself.
        tables: what else there is to show.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    tables: tuple[InsightTable, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; tables as lists of rows."""
        tables = [
            {"title": table.title, "caption": table.caption, "rows": table.rows.to_dicts()} for table in self.tables
        ]
        curves = {name: curve.to_dict() for name, curve in self.curves.items()}
        return {"choices": dict(self.choices), "curves": curves, "tables": tables}

    def of_part(self, name: str) -> Insight:
        """The same as found by a part of something larger."""
        return Insight(
            {f"{name} {choice}": text for choice, text in self.choices.items()},
            {f"{name} {part}".strip(): curve for part, curve in self.curves.items()},
            tuple(InsightTable(f"{name}: {table.title}", table.caption, table.rows) for table in self.tables),
        )

    def __add__(self, other: Insight) -> Insight:
        return Insight(
            {**self.choices, **other.choices}, {**self.curves, **other.curves}, (*self.tables, *other.tables)
        )
