"""Cosine of user and item vector, divided by a temperature."""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.matching.base import Matching, MatchingConfig
from genre.nets.products import products


class CosineConfig(MatchingConfig):
    """How sharp scores are."""

    temperature: float = Field(0.1, gt=0, le=10, description="Cosines are divided by it: smaller is sharper.")


class CosineMatching(Matching):
    """Only directions count, so that popularity has no hold on vector lengths."""

    config: CosineConfig
    EXAMPLES = ({}, {"temperature": 0.2})

    def network(self, width: int) -> nn.Module:
        return _Cosine(self.config.temperature)


class _Cosine(nn.Module):
    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        return products(*self.factors(users, items))

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        return F.normalize(users, dim=-1) / self.temperature, F.normalize(items, dim=-1)
