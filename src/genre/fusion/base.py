"""The contract of fusions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from genre.core.component import Component, ComponentConfig

if TYPE_CHECKING:
    from torch import nn


class FusionConfig(ComponentConfig):
    """Base of fusion configs."""


class Fusion(Component, ABC):
    """Makes one item vector of M modality vectors."""

    config: FusionConfig

    @abstractmethod
    def network(self, n_modalities: int, width: int) -> nn.Module:
        """A module (vectors B x M x D, mask bool B x M, True where present) -> B x D."""
