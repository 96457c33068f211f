"""User profiles as vectors in the space of user vectors."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ProfileTower(nn.Module):
    """User rows (int64 [B], -1 for a stranger) -> B x D, the sum of what each profile feature says; zero for strangers.

    Args:
        features: modules rows -> B x D, one per profile feature, zero where a user lacks it.
        present: bool [U, features].
    """

    present: Tensor

    def __init__(self, features: nn.ModuleList, present: Tensor) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("present", present, persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        inside = rows.clamp(min=0)
        mask = self.present[inside] & (rows >= 0).unsqueeze(1)
        vectors = torch.stack([feature(inside) for feature in self.features], dim=1)
        return (vectors * mask.unsqueeze(-1)).sum(dim=1)

    def known(self, rows: Tensor) -> Tensor:
        """Whether anything is known of each user: bool [B]."""
        return self.present[rows.clamp(min=0)].any(dim=1) & (rows >= 0)
