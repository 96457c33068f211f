"""A trained vector per training row, for what content does not say; zero for rows that training has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from genre.core.artifacts import State
from genre.core.errors import NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.identity._ids import ids_of
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn


class IdentityConfig(EncoderConfig):
    """Nothing to choose."""


class IdentityEncoder(Encoder):
    """Encodes nothing (width 0) and says which rows were there to train on; its network is a table of free vectors.

    Reads the ids of its table. A row whose id was not among the training rows counts as one without
    content, so that its vector is zero and other modalities speak for it.
    """

    config: IdentityConfig
    reads_columns: ClassVar[bool] = False

    _known: pl.Series | None = None

    def fit(self, table: pl.DataFrame) -> None:
        self._known = ids_of(table, "identity").drop_nulls().unique().sort()

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._known is None:
            raise NotFittedError("identity encodes only after fit")
        present = ids_of(table, "identity").is_in(self._known.implode()).fill_null(False).to_numpy()
        return Embeddings(np.zeros((len(table), 0), dtype=np.float32), present)

    @property
    def gives_vectors(self) -> bool:
        return False

    @property
    def width(self) -> int:
        return 0

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        from genre.nets.frozen import MaskedTable

        return MaskedTable(embeddings.present, width)

    def state(self) -> State:
        if self._known is None:
            raise NotFittedError("identity has a state only after fit")
        return State({"known": self._known.to_list()})

    def restore(self, state: State) -> None:
        self._known = pl.Series("id", state.meta["known"], dtype=pl.String)
