"""The contract of alignments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.core.component import Component, ComponentConfig
from genre.core.errors import Fault
from genre.values import Catalog, Embeddings, World

if TYPE_CHECKING:
    from torch import Tensor, nn

IDS = "ids"
"""What the id part is called among the modalities."""


class AlignmentConfig(ComponentConfig):
    """Base of alignment configs."""

    between: tuple[str, ...] = Field(
        (), description="Features brought together, by name; `ids` is the id part; empty: all features."
    )
    held_out: float = Field(
        0.1, ge=0, lt=1, description="Share of the items that the alignment does not learn from, to measure it on."
    )


class LossAlignmentConfig(AlignmentConfig):
    """Base of configs of alignments that are a part of the training loss."""

    weight: float = Field(0.1, gt=0, description="Weight beside the recommendation loss.")


class Alignment(Component, ABC):
    """Brings K modalities of the items into one space, before training or in it."""

    config: AlignmentConfig
    takes_ids: ClassVar[bool] = False
    """Whether the id part may be among the modalities."""
    n_modalities: ClassVar[tuple[int, int | None]] = (2, None)
    """The fewest and the most modalities it takes (None: any number)."""
    matches_items: ClassVar[bool] = True
    """Whether it learns from items that have two of the modalities; False: from each modality on its own."""

    def obstacles(self, catalog: Catalog) -> tuple[Fault, ...]:
        """What the catalogue lacks for it; quick, so that `genre check` can ask before anything is trained."""
        return ()


class FittedAlignment(Alignment):
    """Computed once, before training, from encoded vectors."""

    shares_space: ClassVar[bool] = True
    """Whether the modalities come out in one space; False: each changes within its own."""

    @abstractmethod
    def fit(self, modalities: Sequence[Embeddings], rows: NDArray[np.bool_], world: World) -> None:
        """Learn from the items `rows` (bool [N]) of K modalities, each N x D_k in vocabulary order."""

    @abstractmethod
    def align(self, modalities: Sequence[Embeddings], rows: NDArray[np.integer] | None = None) -> list[Embeddings]:
        """The same K modalities of any n items in one space: each n x D (n x D_k without `shares_space`).

        Args:
            rows: int [n], where these items stand in the catalogue; None: they are new.

        Raises:
            NotFittedError: before `fit`.
        """


class LossAlignment(Alignment):
    """A loss that training lowers beside the recommendation loss."""

    config: LossAlignmentConfig

    @abstractmethod
    def network(self, n_modalities: int, width: int, world: World) -> nn.Module:
        """A module (vectors C x K x D, mask bool C x K, item rows int64 C) -> scalar, not yet weighted.

        It gets items that it may learn from only. Where there is nothing to align (no item has two of the modalities)
        the loss is zero and differentiable.
        """


@runtime_checkable
class Comparing(Protocol):
    """A loss alignment's network that compares modalities in a space of its own, not as they come."""

    def compared(self, vectors: Tensor) -> Tensor:
        """Modality vectors C x K x D as this alignment compares them: C x K x D'."""
        ...
