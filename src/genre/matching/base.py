"""The contract of matchings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from genre.core.component import Component, ComponentConfig

if TYPE_CHECKING:
    from torch import nn


class MatchingConfig(ComponentConfig):
    """Base of matching configs."""


class Matching(Component, ABC):
    """Says how well user vectors and item vectors fit."""

    config: MatchingConfig

    @abstractmethod
    def network(self, width: int) -> nn.Module:
        """A module (users B x D, items N x D or B x C x D) -> scores B x N or B x C."""
