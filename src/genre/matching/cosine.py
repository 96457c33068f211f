"""Cosine of user and item vector, plus biases if wanted, divided by a temperature."""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.matching._biased import BiasedConfig, BiasedProducts
from genre.matching.base import Matching


class CosineConfig(BiasedConfig):
    """How sharp scores are, and what is added."""

    temperature: float = Field(0.1, gt=0, le=10, description="Cosines are divided by it: smaller is sharper.")


class CosineMatching(Matching):
    """Only directions count, so that popularity has no hold on vector lengths; biases are read from directions too."""

    config: CosineConfig
    EXAMPLES = ({}, {"temperature": 0.2}, {"bias": "item"})

    def network(self, width: int) -> nn.Module:
        return _Cosine(width, self.config.bias, self.config.temperature)


class _Cosine(BiasedProducts):
    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        return super().factors(F.normalize(users, dim=-1), F.normalize(items, dim=-1))
