"""The contract of splitters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from genre.core.component import Component, ComponentConfig
from genre.values import Dataset, Split


class SplitterConfig(ComponentConfig):
    """Base of splitter configs."""


class Splitter(Component, ABC):
    """Divides interactions into what teaches, what steers and what judges."""

    config: SplitterConfig

    @abstractmethod
    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        """One split per fold (most splitters have one fold).

        Raises:
            DataError: the data has not what the splitter needs (timestamps, a part column, enough interactions).
        """

    @abstractmethod
    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        """A split with an empty test part, for a model that goes into use: everything but the validation part teaches.

        Raises:
            DataError: as `split`.
        """
