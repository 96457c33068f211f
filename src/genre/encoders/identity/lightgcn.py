"""A trained vector per training row, mixed with those of rows that the same users (or items) touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import NotFittedError
from genre.core.fingerprint import fingerprint
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.identity._ids import ids_of
from genre.values import Embeddings, Vocabulary, World

if TYPE_CHECKING:
    from torch import nn


class LightgcnConfig(EncoderConfig):
    """How far vectors travel."""

    layers: int = Field(2, ge=1, le=8, description="Steps to the other side of the training graph and back.")


@dataclass(frozen=True, eq=False)
class Nodes:
    """The node of each row: int64 [N], -1 for none."""

    rows: NDArray[np.int64]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rows)


class LightgcnEncoder(Encoder):
    """Free vectors spread over the graph of training interactions: the item half of LightGCN (or its user half).

    Encodes nothing (width 0) and says which rows were there to train on; rows that training has not seen are without
    content. The user tower `lightgcn` is the other half. Reference: arXiv 2002.02126.
    """

    config: LightgcnConfig
    EXAMPLES = ({}, {"layers": 1})
    reads_columns: ClassVar[bool] = False

    _known: Vocabulary | None = None
    _graph: sp.csr_array | None = None

    def observe(self, world: World) -> None:
        """Takes the training interactions of rows that have any: the graph's nodes."""
        is_item = world.side == "items"
        matrix = world.train.matrix() if is_item else sp.csr_array(world.train.matrix().T)
        rows = np.flatnonzero(world.train.popularity() if is_item else world.train.activity())
        self._known = Vocabulary((world.train.items if is_item else world.train.users).lookup(rows))
        self._graph = sp.csr_array(matrix[:, rows])

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._known is None:
            raise NotFittedError("lightgcn encodes only after it saw the training interactions")
        nodes = self._known.rows(ids_of(table, "lightgcn")).astype(np.int64)
        return Embeddings(np.zeros((len(table), 0), dtype=np.float32), nodes >= 0, inputs=Nodes(nodes))

    @property
    def gives_vectors(self) -> bool:
        return False

    @property
    def width(self) -> int:
        return 0

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        if self._graph is None:
            raise NotFittedError("lightgcn makes a network only where it saw the training interactions")
        from genre.nets.propagation import PropagatedTable

        assert isinstance(embeddings.inputs, Nodes)
        return PropagatedTable(self._graph, embeddings.inputs.rows, width, self.config.layers)

    def state(self) -> State:
        if self._known is None:
            raise NotFittedError("lightgcn has a state only after it saw the training interactions")
        return State({"known": self._known.ids.to_list()})

    def restore(self, state: State) -> None:
        self._known = Vocabulary(state.meta["known"])
