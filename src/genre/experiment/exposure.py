"""How lists share out their places between popular and rare items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_POINTS = 101


@dataclass(frozen=True)
class Exposure:
    """A curve over items from the most to the least popular.

    Attributes:
        items: share of the candidates, 0 to 1, evenly spaced.
        places: share of the lists' places that these items hold.
    """

    items: tuple[float, ...] = ()
    places: tuple[float, ...] = ()

    @staticmethod
    def of(counts: NDArray[np.int64], popularity: NDArray[np.int64]) -> Exposure:
        """From how often each candidate is listed and how often it was touched in training (both int64 [n])."""
        order = np.argsort(-popularity, kind="stable")
        held = np.concatenate(([0.0], np.cumsum(counts[order]))) / max(int(counts.sum()), 1)
        shares = np.linspace(0.0, 1.0, N_POINTS)
        places = np.interp(shares * len(order), np.arange(len(held)), held)
        return Exposure(tuple(shares.tolist()), tuple(places.tolist()))
