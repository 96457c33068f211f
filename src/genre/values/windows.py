"""The newest items of histories as tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.values.histories import PADDING, Histories


def left_aligned(histories: Histories, length: int) -> NDArray[np.int64]:
    """The last `length` items of each history, int64 [B, L], starting at the left edge, `PADDING` after.

    L is the longest of them, at least 1 and at most `length`.
    """
    stops = histories.offsets[1:]
    starts = np.maximum(histories.offsets[:-1], stops - length)
    return stretches(histories.item_rows, starts, stops, np.int64(PADDING))


def left_aligned_ratings(histories: Histories, length: int) -> NDArray[np.float32] | None:
    """The ratings of what `left_aligned` gives, float32 [B, L], NaN where there is none; None where no item has any."""
    if histories.ratings is None:
        return None
    stops = histories.offsets[1:]
    return stretches(histories.ratings, np.maximum(histories.offsets[:-1], stops - length), stops, np.float32(np.nan))


def stretches(
    flat: NDArray[Any], starts: NDArray[np.int64], stops: NDArray[np.int64], padding: np.number, least: int = 1
) -> NDArray[Any]:
    """Stretches of `flat` as the rows of a table of the padding's type, as wide as the longest, `least` at least."""
    longest = int((stops - starts).max(initial=least))
    places = starts[:, None] + np.arange(longest)
    inside = places < stops[:, None]
    table = np.full(places.shape, padding, dtype=padding.dtype)
    table[inside] = flat[places[inside]]
    return table
