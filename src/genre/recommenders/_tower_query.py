"""From the items of a history to what those of the catalogue are multiplied with: what is exported of a tower."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from genre.nets.attention import position
from genre.nets.ratings import RatedItems
from genre.user_towers.base import LastOnly


def after_all(users: nn.Module, items: Tensor, mask: Tensor) -> Tensor:
    """Users after their last item, zero where there is none: items B x L x D, mask bool B x L -> B x D."""
    last = mask.sum(dim=1).clamp(min=1) - 1
    read: Tensor
    if isinstance(users, LastOnly):
        read = users.after_last(items, last)
    else:
        read = position(users(items, mask), last).squeeze(1)
    return read * mask.any(dim=1, keepdim=True)


class Query(nn.Module):
    """(items B x L x D, mask bool B x L, then ratings B x L and profiles B x D where the tower reads them) -> B x K.

    Args:
        item: any item vector, 1 x D.
        has_profiles: whether users have profiles.
    """

    item: Tensor

    def __init__(
        self, users: nn.Module, matching: Any, rated: RatedItems | None, item: Tensor, has_profiles: bool
    ) -> None:
        super().__init__()
        self.users, self.matching, self.rated, self.has_profiles = users, matching, rated, has_profiles
        self.register_buffer("item", item, persistent=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what it reads, in order."""
        more = (("ratings", self.rated is not None), ("profiles", self.has_profiles))
        return ("items", "mask", *(name for name, is_read in more if is_read))

    def forward(self, items: Tensor, mask: Tensor, *more: Tensor) -> Tensor:
        named = dict(zip(self.inputs[2:], more, strict=True))
        if self.rated is not None:
            items = self.rated(items, named["ratings"])
        users = after_all(self.users, items, mask)
        if self.has_profiles:
            users = users + named["profiles"]
        factors: tuple[Tensor, Tensor] = self.matching.factors(users, self.item)
        return factors[0]


def example(query: Query, rows: int, length: int, width: int) -> tuple[Tensor, ...]:
    """Histories of random lengths, one full and one without items at all."""
    source = torch.Generator().manual_seed(length)
    mask = torch.arange(length)[None, :] < torch.randint(0, length + 1, (rows, 1), generator=source)
    mask[0], mask[1:2] = True, False
    items = torch.randn(rows, length, width, generator=source) * mask.unsqueeze(-1)
    ratings = torch.where(mask, torch.randn(rows, length, generator=source), torch.nan)
    given = {"items": items, "mask": mask, "ratings": ratings, "profiles": torch.randn(rows, width, generator=source)}
    return tuple(given[name] for name in query.inputs)
