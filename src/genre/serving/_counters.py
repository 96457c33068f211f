"""What is popular now, and what is new: counts that follow the stream."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400.0
FEW = 1_000.0
"""Fewer recent events than this say little beside what the model was fitted on."""
MOST_HALVINGS = 500.0
"""Weights grow by one doubling each half-life; before they overflow, all are brought down."""


class Counters:
    """Interactions per item, those of the stream fading by half every `half_life_days`.

    Args:
        base: int64 [N], interactions that the model was fitted on.
        half_life_days: of events in the stream.
    """

    def __init__(self, base: NDArray[np.int64], half_life_days: float) -> None:
        self._base = base / max(float(base.sum()), 1.0)
        self._half_life_s = half_life_days * DAY_S
        self._recent = np.zeros(len(base))
        self._origin: float | None = None
        self._newest = 0.0
        self._n_added, self._told = 0, (-1, np.empty(0, dtype=np.float32))

    def __len__(self) -> int:
        return len(self._base)

    def grown(self, n_items: int) -> Counters:
        """The same counts in arrays of their own, with room for new items."""
        found, n_new = copy(self), n_items - len(self._base)
        found._base, found._recent = np.pad(self._base, (0, n_new)), np.pad(self._recent, (0, n_new))
        found._told = (-1, found._told[1])
        return found

    def add(self, row: int, at: float, weight: float) -> None:
        """Count an event with an item, `at` seconds since 1970; far off in the future it counts as the newest."""
        if self._origin is None:
            self._origin = at
        halvings = (at - self._origin) / self._half_life_s
        if halvings > MOST_HALVINGS:
            self._recent *= 0.5**halvings
            self._origin, self._newest, halvings = at, 0.0, 0.0
        self._recent[row] += weight * 2.0 ** max(halvings, -MOST_HALVINGS)
        self._newest = max(self._newest, halvings)
        self._n_added += 1

    @property
    def newest_at(self) -> float | None:
        """When the newest event that was counted happened, seconds since 1970; None before the first."""
        return None if self._origin is None else self._origin + self._newest * self._half_life_s

    def popularity(self) -> NDArray[np.float32]:
        """Float32 [N], of all items together about 1 to 2: shares of the past and, as they come to count, of now.

        It is made once after each event, and not to be written into.
        """
        n_added, found = self._told
        if n_added != self._n_added:
            n_added, found = self._told = (self._n_added, self._popularity())
            found.setflags(write=False)
        return found

    def _popularity(self) -> NDArray[np.float32]:
        if self._origin is None:
            return self._base.astype(np.float32)
        recent = self._recent * 0.5**self._newest
        return (self._base + recent / max(float(recent.sum()), FEW)).astype(np.float32)
