"""Ratings going into a tower and coming out of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genre.values.rating_scale import RatingScale


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
