"""Keeps only items whose columns say so."""

from __future__ import annotations

import operator
from datetime import date, datetime, time
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from genre.core.errors import Fault, RecipeError, near
from genre.ranking.base import Ranker, RankerConfig, RankingContext
from genre.values import Catalog

Moment = date | datetime | time


def _as_text(value: Any) -> Any:
    """YAML reads dates written without quotes as dates."""
    return value.isoformat() if isinstance(value, Moment) else value


Value = Annotated[str | bool | int | float, BeforeValidator(_as_text)]
Bound = Annotated[float | str, BeforeValidator(_as_text)]
CONDITIONS = ("equals", "one_of", "at_least", "at_most", "contains")
TIMES: dict[type[pl.DataType], tuple[type[Moment], str]] = {
    pl.Date: (date, "2026-02-28"),
    pl.Datetime: (datetime, "2026-02-28T18:30:00 or 2026-02-28, its first moment"),
    pl.Time: (time, "18:30:00"),
}
"""How dates and times are written in conditions (ISO 8601), with an example."""


class FilterConfig(RankerConfig):
    """Which items stay; where several conditions are given, all must hold."""

    column: str = Field(min_length=1, description="Column of the items that is looked at.")
    equals: Value | None = Field(None, description="The column holds exactly this.")
    one_of: tuple[Value, ...] | None = Field(None, min_length=1, description="The column holds one of these.")
    at_least: Bound | None = Field(None, description="The column is this or more; texts go by the alphabet.")
    at_most: Bound | None = Field(None, description="The column is this or less; texts go by the alphabet.")
    contains: Value | None = Field(None, description="The column's list holds this, or its text holds these letters.")

    @model_validator(mode="after")
    def _has_condition(self) -> Self:
        if all(getattr(self, name) is None for name in CONDITIONS):
            raise ValueError(f"a filter needs a condition: one of {', '.join(CONDITIONS)}.")
        return self


class FilterRanker(Ranker):
    """Takes out every item that does not fulfil the conditions, and those whose column is empty."""

    config: FilterConfig
    EXAMPLES = ({"column": "item_id", "at_least": ""},)

    def obstacles(self, catalog: Catalog) -> tuple[Fault, ...]:
        try:
            kept = self.kept(catalog)
        except RecipeError as error:
            return error.faults
        if kept.any():
            return ()
        return (Fault("ranking.filter", "keeps no item at all.", "Loosen its conditions."),)

    def adjust(self, scores: NDArray[np.float32], context: RankingContext) -> NDArray[np.float32]:
        scores[:, ~self.kept(context.catalog)] = -np.inf
        return scores

    def kept(self, catalog: Catalog) -> NDArray[np.bool_]:
        """Which items stay: bool [N].

        Raises:
            RecipeError: no such column, or a condition that does not fit what the column holds.
        """
        name = self.config.column
        if name not in catalog.items.columns:
            raise RecipeError(
                Fault("ranking.filter.column", f"the items have no column '{name}'.", near(name, catalog.items.columns))
            )
        column = _plain(catalog.items[name])
        kept = np.ones(len(column), dtype=np.bool_)
        for condition in CONDITIONS:
            value = getattr(self.config, condition)
            if value is not None:
                kept &= _holds(column, condition, value).fill_null(False).to_numpy()
        return kept


def _plain(column: pl.Series) -> pl.Series:
    """Categories and empty columns as text; lists, texts, numbers, dates and times as they are."""
    dtype, kind = column.dtype, _kind(column)
    if isinstance(kind, pl.Datetime) and kind.time_unit == "ns":
        micro = pl.Datetime("us", kind.time_zone)  # of all years, not of those near 1970 alone
        return column.cast(pl.List(micro) if isinstance(dtype, pl.List) else micro)
    as_it_is = isinstance(dtype, pl.List) or dtype.is_numeric() or dtype.base_type() in TIMES
    return column if as_it_is or dtype in (pl.String, pl.Boolean) else column.cast(pl.String)


def _kind(column: pl.Series) -> pl.DataType:
    """Of the column's values, of its lists' values where it holds lists."""
    kind: pl.DataType = column.dtype.inner if isinstance(column.dtype, pl.List) else column.dtype  # type: ignore[assignment]
    return kind


def _holds(column: pl.Series, condition: str, value: Value | tuple[Value, ...]) -> pl.Series:
    """For each item whether the condition holds; null where the column is empty."""
    is_list = isinstance(column.dtype, pl.List)
    if is_list and condition != "contains":
        raise _misfit(column, condition, "Use contains.")
    if condition == "contains" and not is_list and column.dtype != pl.String:
        raise _misfit(column, condition, "Use equals, one_of, at_least or at_most.")
    values = [_fitting(one, column, condition) for one in (value if isinstance(value, tuple) else (value,))]
    if condition == "contains":
        return column.list.contains(values[0]) if is_list else column.str.contains(str(values[0]), literal=True)
    if condition == "one_of":
        return column.is_in(values)
    comparison = {"equals": operator.eq, "at_least": operator.ge, "at_most": operator.le}[condition]
    return comparison(column, values[0])


def _fitting(value: Value, column: pl.Series, condition: str) -> Value | Moment:
    """The value as the column's type has it: numbers become text in text columns, never the other way round."""
    dtype = _kind(column)
    if dtype == pl.String:
        return str(value)
    if dtype.base_type() in TIMES:
        return _moment(value, column, condition)
    if isinstance(value, str) or isinstance(value, bool) != (dtype == pl.Boolean):
        raise _misfit(column, f"{condition}: {value!r}", "Write a value of the column's kind.")
    return value


def _moment(value: Value, column: pl.Series, condition: str) -> Moment:
    """A date or time as the column has it; without a time zone it is meant in the column's."""
    dtype = _kind(column)
    kind, example = TIMES[dtype.base_type()]
    try:
        moment = kind.fromisoformat(str(value))
        if isinstance(moment, date) and not isinstance(moment, datetime):
            return moment
        return _in_zone(moment, dtype.time_zone if isinstance(dtype, pl.Datetime) else None)
    except (ValueError, OverflowError):
        raise _misfit(column, f"{condition}: {value!r}", f"Write {example}.") from None


def _in_zone(moment: datetime | time, zone: str | None) -> datetime | time:
    if isinstance(moment, datetime) and moment.tzinfo:
        moment = moment.astimezone(ZoneInfo(zone or "UTC"))
    return moment.replace(tzinfo=ZoneInfo(zone) if zone else None)


def _misfit(column: pl.Series, condition: str, mend: str) -> RecipeError:
    first = column.drop_nulls().head(3).to_list()
    examples = ", ".join(str(value) if isinstance(value, Moment) else repr(value) for value in first)
    return RecipeError(
        Fault("ranking.filter", f"'{condition}' does not fit column '{column.name}', which holds {examples}.", mend)
    )
