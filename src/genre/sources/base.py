"""The contract of sources."""

from __future__ import annotations

from abc import ABC, abstractmethod

from genre.core.component import Component, ComponentConfig
from genre.values import Dataset


class SourceConfig(ComponentConfig):
    """Base of source configs."""


class Source(Component, ABC):
    """Where tables come from."""

    config: SourceConfig

    @abstractmethod
    def read(self) -> Dataset:
        """Interactions and catalogue, cleaned; rows set aside are in `Dataset.quarantine`.

        Raises:
            DataError: a file or column is missing or of no use.
        """
