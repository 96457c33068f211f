"""The contract of encoders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.component import Component, ComponentConfig
from genre.core.errors import ExportError, Fault
from genre.values import Embeddings, Remark, World

if TYPE_CHECKING:
    from torch import nn


PROJECTION = ("projection.weight", "projection.bias")
"""The parameters of the default network."""


@dataclass(frozen=True)
class Slimming:
    """How much smaller an exported model becomes.

    Attributes:
        precision: of the matrix products of models that read texts.
        layers: how many of their lowest layers are kept, None for all.
    """

    precision: Literal["int8", "float32"] = "int8"
    layers: int | None = None


class EncoderConfig(ComponentConfig):
    """Base of encoder configs."""


class Encoder(Component, ABC):
    """Turns columns of a table into vectors.

    `fit` sees training rows only; `encode` does the heavy part for any rows, also for items that did not exist when
    `fit` ran, and caches it on disk where that pays.
    """

    config: EncoderConfig
    reads_columns: ClassVar[bool] = True
    """False for encoders that need no column of the table (identity)."""
    is_text: ClassVar[bool] = False
    """True where a sentence put into the first column gives a vector that can be compared with those of the items."""

    @property
    def needs_columns(self) -> bool:
        """Whether it reads columns as it is configured; without, it gets the table's ids."""
        return self.reads_columns

    @property
    def is_trained(self) -> bool:
        """Whether `network` learns more than a projection of frozen vectors.

        Then it gets the vectors as encoded with their `inputs`, and its trainable parameters do not depend on which
        rows there are: filled into a network made for other rows, they encode those. Buffers never learn. Vectors of
        width 0 without training mean that the network knows rows of the training part only (ids).
        """
        return False

    @property
    def gives_vectors(self) -> bool:
        """Whether `encode` gives vectors that say something without a network; known before `fit`."""
        return not self.is_trained

    @property
    def needs_torch(self) -> bool:
        """Whether it encodes, or what it learned with a tower says something, through torch only."""
        return self.is_trained

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        """What would keep this encoder from reading `table` (the feature's columns only) on this machine.

        A package that is missing, a model that cannot be found, values of the wrong kind; nothing is encoded, so that
        `genre check` stays quick. `Fault.where` is the field of the config or the column. Comes after `observe` where
        there is a world to look at; nothing is split yet then, so that `train` is all interactions.
        """
        return ()

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        """What would keep `fit` from learning from the training rows `table`, where nothing speaks against the whole.

        Values in new rows only, words that are too rare; asked by `genre check`, and about as quick as `obstacles`.
        """
        return ()

    def remarks(self, table: pl.DataFrame) -> tuple[Remark, ...]:
        """What is odd in `table` or around it and keeps nothing from being encoded, for `genre check`.

        Asked where there are no `obstacles`, and as quick.
        """
        return ()

    def observe(self, world: World) -> None:
        """Look at what surrounds the columns (training interactions, graph, links); comes before `fit`."""

    def fit(self, table: pl.DataFrame) -> None:
        """Learn what encoding needs (a vocabulary, means) from the feature's columns of the training rows."""

    @abstractmethod
    def encode(self, table: pl.DataFrame) -> Embeddings:
        """One vector per row of `table` (the feature's columns only): Embeddings N x D; D is `width`.

        Raises:
            NotFittedError: before `fit`, for encoders that learn.
        """

    def encode_anew(self, table: pl.DataFrame) -> Embeddings:
        """As `encode`, without looking up what was encoded before: for measuring how long it takes."""
        return self.encode(table)

    def exported(self, slimming: Slimming) -> Encoder:
        """The same, fitted, so that it encodes without torch; itself where it does so already.

        Raises:
            ExportError: it cannot encode without torch.
        """
        if self.needs_torch:
            word = self.config.type_name()
            what = f"'{word}' cannot encode new rows without torch."
            raise ExportError(Fault("", what, "Leave it out, or take an encoder that is not trained with the tower."))
        return self

    @property
    @abstractmethod
    def width(self) -> int:
        """D, known after `fit`."""

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        """A module rows (B, int64) -> B x width that starts from encoded vectors and is trained with the tower.

        The default is a linear map of the frozen vectors; rows without content give zero.
        """
        from genre.nets.frozen import FrozenProjection

        return FrozenProjection(embeddings.vectors, embeddings.present, width)

    def says(self, embeddings: Embeddings, weights: Mapping[str, NDArray[np.float32]], width: int) -> Embeddings:
        """What the trained `network` says of any rows, absent ones zero: N x width.

        Args:
            weights: its trained parameters by name.
        """
        if set(weights) == set(PROJECTION):
            return _projected(embeddings, *(weights[name] for name in PROJECTION))
        from genre.nets.trained import encoded_by, load_module

        named = {f"module.{name}": array for name, array in weights.items()}
        return encoded_by(load_module(self.network(embeddings, width), "module", named), embeddings.present)


@dataclass(frozen=True, eq=False)
class Feature:
    """One modality of the items (or users), encoded.

    Attributes:
        name: as in the recipe.
        encoder: what made the vectors, for `network`.
        embeddings: N x D, rows in vocabulary order.
    """

    name: str
    encoder: Encoder
    embeddings: Embeddings


def _projected(embeddings: Embeddings, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Embeddings:
    """What the default network says, without torch."""
    vectors = (embeddings.vectors @ weight.T + bias) * embeddings.present[:, None]
    return Embeddings(vectors.astype(np.float32, copy=False), embeddings.present)
