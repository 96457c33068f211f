"""Ratings going into a tower and coming out of it."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


@dataclass(frozen=True)
class RatingScale:
    """What training ratings are like; `spread` is their standard deviation (1 where they are all the same)."""

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


class RatedItems(nn.Module):
    """(items B x L x D, ratings B x L or None) -> B x L x D: what users thought of the items they touched.

    Each item gets a trained linear map of its vector, times how far (in standard deviations) its rating is from the
    mean; nothing where there is no rating (NaN). The map starts at zero: first a tower reads what was touched alone.
    The map's constant part makes the mean of a user's ratings readable from the user vector.
    """

    def __init__(self, width: int, scale: RatingScale) -> None:
        super().__init__()
        self.scale = scale
        self.opinion = nn.Linear(width, width)
        nn.init.zeros_(self.opinion.weight)
        nn.init.zeros_(self.opinion.bias)

    def forward(self, items: Tensor, ratings: Tensor | None) -> Tensor:
        if ratings is None:
            return items
        centred = torch.nan_to_num((ratings - self.scale.mean) / self.scale.spread)
        return items + centred.unsqueeze(-1).to(items.dtype) * self.opinion(items)
