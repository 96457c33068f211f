"""Inner product of user and item vector, plus biases if wanted."""

from __future__ import annotations

from pydantic import Field
from torch import nn

from genre.matching._biased import BiasedConfig, BiasedProducts
from genre.matching.base import Matching


class DotConfig(BiasedConfig):
    """What is added, and how sharp scores are."""

    temperature: float = Field(1.0, gt=0, le=100, description="Scores are divided by it: smaller is sharper.")


class DotMatching(Matching):
    """The inner product: long item vectors (often popular items) score high with everybody."""

    config: DotConfig
    EXAMPLES = ({}, {"bias": "item", "temperature": 0.5}, {"bias": "both"})

    def network(self, width: int) -> nn.Module:
        return BiasedProducts(width, self.config.bias, self.config.temperature)
