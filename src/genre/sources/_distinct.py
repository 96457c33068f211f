"""What can only be judged when all interactions are read: missing times and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.sources._ids import drop_unused
from genre.sources._inputs import INTERACTIONS
from genre.sources._interactions import NO_TIME, Cleaned
from genre.sources._ledger import Ledger
from genre.values import columns

_MIX_PAIR, _MIX_TIME = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
DUPLICATE = "same user, item and time as an earlier row"


def settle(cleaned: Cleaned, ledger: Ledger, n_known_users: int, n_known_items: int) -> Cleaned:
    """Sets aside rows without a time (unless none has one) and duplicates; a column without any value becomes None."""
    cleaned = _settle_empty_columns(cleaned, ledger)
    if cleaned.timestamps is not None:
        missing = cleaned.timestamps == NO_TIME
        if missing.any():
            cleaned = _set_aside(cleaned, missing, "time is missing", ledger)
            user_ids, user_rows = drop_unused(cleaned.user_ids, cleaned.user_rows, n_known_users)
            item_ids, item_rows = drop_unused(cleaned.item_ids, cleaned.item_rows, n_known_items)
            cleaned = replace(cleaned, user_ids=user_ids, user_rows=user_rows, item_ids=item_ids, item_rows=item_rows)
    repeated = later_duplicates(cleaned)
    return _set_aside(cleaned, repeated, DUPLICATE, ledger) if repeated.any() else cleaned


def later_duplicates(cleaned: Cleaned) -> NDArray[np.bool_]:
    """Which rows (bool [E]) repeat the user, item and time of an earlier one.

    One sort of 64-bit hashes finds the few rows that may; those are compared exactly.
    """
    keys = cleaned.user_rows.astype(np.uint64)
    keys *= np.uint64(len(cleaned.item_ids))
    keys += cleaned.item_rows.astype(np.uint64)
    if cleaned.timestamps is not None:
        keys *= _MIX_PAIR
        keys ^= cleaned.timestamps.view(np.uint64) * _MIX_TIME
    ordered = np.sort(keys)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    repeated = np.zeros(len(keys), dtype=np.bool_)
    if len(twice):
        suspects = np.flatnonzero(pl.Series(keys).is_in(pl.Series(twice).implode()).to_numpy())
        pair = pl.DataFrame({"user": cleaned.user_rows[suspects], "item": cleaned.item_rows[suspects]})
        if cleaned.timestamps is not None:
            pair = pair.with_columns(time=cleaned.timestamps[suspects])
        is_first = pair.select(pl.struct(pl.all()).is_first_distinct().alias("first"))["first"]
        repeated[suspects[~is_first.to_numpy()]] = True
    return repeated


def _settle_empty_columns(cleaned: Cleaned, ledger: Ledger) -> Cleaned:
    if cleaned.timestamps is not None and (cleaned.timestamps == NO_TIME).all():
        n_rows = len(cleaned.timestamps)
        ledger.remark(INTERACTIONS, "timestamp: the column is empty and not used", n_rows, pl.DataFrame())
        cleaned = replace(cleaned, timestamps=None)
    if cleaned.ratings is not None:
        unrated = np.isnan(cleaned.ratings)
        if unrated.all():
            ledger.remark(INTERACTIONS, "rating: the column is empty and not used", len(unrated), pl.DataFrame())
            return replace(cleaned, ratings=None)
        if unrated.any():
            examples = _rows(cleaned, np.flatnonzero(unrated)[:5])
            ledger.remark(
                INTERACTIONS, "rating: missing; the interaction counts all the same", int(unrated.sum()), examples
            )
    return cleaned


def _set_aside(cleaned: Cleaned, which: NDArray[np.bool_], reason: str, ledger: Ledger) -> Cleaned:
    ledger.set_aside(INTERACTIONS, reason, _rows(cleaned, np.flatnonzero(which)))
    keep = ~which
    arrays = {
        name: getattr(cleaned, name)[keep]
        for name in ("user_rows", "item_rows", "numbers", "timestamps", "ratings", "weights")
        if getattr(cleaned, name) is not None
    }
    parts = None if cleaned.parts is None else cleaned.parts.filter(pl.Series(keep))
    return replace(cleaned, parts=parts, **arrays)


def _rows(cleaned: Cleaned, places: NDArray[np.int64]) -> pl.DataFrame:
    """Rows as a table, with their numbers in the file."""
    frame = {
        columns.ROW: cleaned.numbers[places],
        columns.USER_ID: cleaned.user_ids.gather(cleaned.user_rows[places]),
        columns.ITEM_ID: cleaned.item_ids.gather(cleaned.item_rows[places]),
    }
    if cleaned.timestamps is not None:
        frame[columns.TIMESTAMP] = _times(cleaned, places)
    extras = {columns.RATING: cleaned.ratings, columns.WEIGHT: cleaned.weights}
    frame |= {name: array[places] for name, array in extras.items() if array is not None}
    return pl.DataFrame(frame)


def _times(cleaned: Cleaned, places: NDArray[np.int64]) -> pl.Series:
    """The times of rows as the file writes them, null where there is none."""
    assert cleaned.timestamps is not None
    times = pl.Series(cleaned.timestamps[places])
    times = times.set(times == NO_TIME, None)
    return times if cleaned.times is None else cleaned.times.written(times)
