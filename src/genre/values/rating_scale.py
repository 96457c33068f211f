"""What training ratings are like."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RatingScale:
    """Where ratings lie; `spread` is their standard deviation (1 where they are all the same)."""

    mean: float
    spread: float
    low: float
    high: float

    @staticmethod
    def of(ratings: NDArray[np.float32]) -> RatingScale:
        """Of training ratings, at least one of which is not NaN."""
        given = ratings[np.isfinite(ratings)].astype(np.float64)
        spread = float(given.std()) or 1.0
        return RatingScale(float(given.mean()), spread, float(given.min()), float(given.max()))

    def to_list(self) -> list[float]:
        """For `RatingScale(*numbers)`."""
        return list(astuple(self))
