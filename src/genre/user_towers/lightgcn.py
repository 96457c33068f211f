"""The sum of the history's items over the root of their number: a user as LightGCN sees one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genre.user_towers.base import UserTower, UserTowerConfig


class LightgcnConfig(UserTowerConfig):
    """Nothing to choose."""


class LightgcnUserTower(UserTower):
    """What one step from the items to the user gives, with nothing to learn; the encoder `lightgcn` is the item half.

    Reference: LightGCN, arXiv 2002.02126.
    """

    config: LightgcnConfig

    def network(self, width: int, length: int) -> nn.Module:
        return _Sum()


class _Sum(nn.Module):
    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        counts = torch.arange(1, items.shape[1] + 1, device=items.device, dtype=items.dtype)
        return items.cumsum(dim=1) * counts.rsqrt().unsqueeze(-1)
