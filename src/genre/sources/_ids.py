"""Outside ids become rows, batch by batch, in order of first appearance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.values.vocabulary import UNKNOWN


@dataclass(frozen=True, eq=False)
class LocalIds:
    """The ids of one batch: int32 [B] codes into its own dictionary, -1 where there is no id."""

    codes: NDArray[np.int32]
    dictionary: pl.Series


def require_plain(path: Path, name: str, dtype: pl.DataType) -> None:
    """Refuse columns whose values are no ids, numbers or times.

    Raises:
        DataError: naming the column.
    """
    if dtype.is_nested() or dtype == pl.Binary:
        where, what = f"{path}, column '{name}'", f"holds values of type {dtype}, not single ones."
        raise DataError(Fault(where, what, "Name another column in the source."))


def as_ids(values: pl.Series) -> pl.Series:
    """Ids as text: whole floats lose their `.0` (a column of numbers with gaps is read as floats elsewhere)."""
    if not values.dtype.is_float():
        return values.cast(pl.String)
    value = pl.col("id")
    whole = value.is_finite() & (value == value.floor())
    text = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    return values.alias("id").fill_nan(None).to_frame().select(text)["id"]


def bare_ids(values: pl.Series) -> pl.Series:
    """Ids as text without space around; null where there is none."""
    return as_ids(values).str.strip_chars().replace("", None)


def plain_ids(values: pl.Series) -> pl.Series:
    """The bare ids of a whole column, all in one form."""
    return in_one_form(bare_ids(values))


def in_one_form(ids: pl.Series) -> pl.Series:
    """Where all ids are whole numbers and some are written as floats, these lose their `.0`."""
    return without_fractions(ids) if _are_floats([ids]) else ids


def without_fractions(ids: pl.Series) -> pl.Series:
    return ids.str.replace(r"\.0+$", "")


def _are_floats(parts: Sequence[pl.Series]) -> bool:
    """Whether all ids are whole numbers, some of them written as floats."""
    if not any(part.str.contains(r"\.0+$").any() for part in parts):
        return False
    return all(part.drop_nulls().str.contains(r"^([+-]?\d+(\.0+)?)?$").all() for part in parts)


def encode(values: pl.Series) -> LocalIds:
    """Codes of the ids of one batch; space around ids is taken off, empty ones have none."""
    import pyarrow as pa

    encoded = as_ids(values).rechunk().to_arrow().cast(pa.large_string()).dictionary_encode()
    dictionary = pl.Series(pl.from_arrow(encoded.dictionary), dtype=pl.String).str.strip_chars()
    codes = pl.Series(pl.from_arrow(encoded.indices)).fill_null(UNKNOWN).to_numpy().astype(np.int32, copy=False)
    is_empty = np.append((dictionary == "").to_numpy(), False)
    if is_empty.any():
        codes = np.where(is_empty[codes], np.int32(UNKNOWN), codes)
    return LocalIds(codes, dictionary)


class IdCollector:
    """Gathers the ids of all batches; `known` ids take the first rows, whether they occur or not."""

    def __init__(self, known: pl.Series) -> None:
        self._known = known
        self._batches: list[LocalIds] = []

    def add(self, ids: LocalIds, keep: NDArray[np.bool_]) -> None:
        """Take the kept rows of a batch."""
        self._batches.append(LocalIds(ids.codes if keep.all() else ids.codes[keep], ids.dictionary))

    def finish(self) -> tuple[pl.Series, NDArray[np.int32]]:
        """All ids in row order, and the row of each entry: int32 [E]."""
        if _are_floats([batch.dictionary for batch in self._batches]):
            self._batches = [LocalIds(batch.codes, without_fractions(batch.dictionary)) for batch in self._batches]
        dictionaries = [self._known, *(batch.dictionary for batch in self._batches)]
        ids = pl.concat([part.alias("id") for part in dictionaries]).unique(maintain_order=True)
        table = pl.DataFrame({"id": ids, "row": np.arange(len(ids), dtype=np.int32)})
        rows = np.empty(sum(len(batch.codes) for batch in self._batches), dtype=np.int32)
        start = 0
        for batch in self._batches:
            asked = batch.dictionary.alias("id").to_frame()
            row_of = asked.join(table, on="id", how="left", maintain_order="left")["row"].to_numpy()
            rows[start : start + len(batch.codes)] = row_of[batch.codes]
            start += len(batch.codes)
        self._batches.clear()
        return drop_unused(ids, rows, len(self._known))


def drop_unused(ids: pl.Series, rows: NDArray[np.int32], n_known: int) -> tuple[pl.Series, NDArray[np.int32]]:
    """Leaves out ids that do not occur among `rows`, except the first `n_known`."""
    used = np.bincount(rows, minlength=len(ids)) > 0
    used[:n_known] = True
    if used.all():
        return ids, rows
    renumbered = (np.cumsum(used) - 1).astype(np.int32)
    return ids.filter(pl.Series(used)), renumbered[rows]
