"""Passes content along edges between items: those of a knowledge graph, or items touched by the same users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.alignment._edges import cooccurrence_edges, graph_edges
from genre.alignment.base import AlignmentConfig, FittedAlignment
from genre.core.artifacts import State
from genre.core.errors import Fault, NotFittedError
from genre.values import Catalog, Embeddings, World
from genre.values.linked_graph import LinkedGraph, graph_faults


class GraphConfig(AlignmentConfig):
    """Which edges, and how far content goes along them."""

    edges: Literal["knowledge_graph", "cooccurrence"] = Field(
        "knowledge_graph", description="Items with an entity in common, or touched by the same users in training."
    )
    steps: int = Field(2, ge=1, le=20, description="How many edges content travels.")
    residual: float = Field(0.5, ge=0, le=1, description="Share of an item's own content after each step.")
    neighbours: int = Field(20, ge=1, description="Strongest edges of an item that count.")
    largest: int = Field(500, ge=2, description="Entities of more items than this are no edge; knowledge_graph only.")
    relations: tuple[str, ...] = Field((), description="Only triples with these; empty: all; knowledge_graph only.")


class GraphAlignment(FittedAlignment):
    """After each step an item has `residual` of its own content and the rest from the weighted mean of its neighbours.

    Only items with training interactions pass content on. An item without content gets that of its neighbours and
    counts as present from then on; items without edges, and new ones, stay as they are. Each modality keeps its width,
    one of width 0 (a trained encoder's) stays as it is.
    Reference: personalised propagation, arXiv 1810.05997.
    """

    config: GraphConfig
    shares_space = False
    n_modalities = (1, None)
    matches_items = False
    EXAMPLES = ({"largest": 12}, {"edges": "cooccurrence", "steps": 1, "neighbours": 3, "between": ["text"]})

    _edges: sp.csr_array | None = None

    def obstacles(self, catalog: Catalog) -> tuple[Fault, ...]:
        return () if self.config.edges == "cooccurrence" else graph_faults(catalog, self.config.relations)

    def fit(self, modalities: Sequence[Embeddings], rows: NDArray[np.bool_], world: World) -> None:
        config = self.config
        if config.edges == "cooccurrence":
            edges = cooccurrence_edges(world.train, config.neighbours)
        else:
            graph = LinkedGraph.of(world.catalog, config.relations)
            edges = graph_edges(graph, world.catalog.item_vocabulary, config.neighbours, config.largest)
        warm = (world.train.popularity() > 0).astype(np.float32)
        self._edges = (edges @ sp.diags_array(warm)).tocsr()

    def align(self, modalities: Sequence[Embeddings], rows: NDArray[np.integer] | None = None) -> list[Embeddings]:
        if self._edges is None:
            raise NotFittedError("graph aligns only after fit")
        if rows is None:
            return list(modalities)
        edges = self._edges[rows][:, rows]
        return [self._spread(one, edges) if one.dim else one for one in modalities]

    def state(self) -> State:
        if self._edges is None:
            raise NotFittedError("graph has a state only after fit")
        arrays = {name: getattr(self._edges, name) for name in ("data", "indices", "indptr")}
        return State({"n_items": self._edges.shape[0]}, arrays)

    def restore(self, state: State) -> None:
        parts = tuple(state.arrays[name] for name in ("data", "indices", "indptr"))
        self._edges = sp.csr_array(parts, shape=(state.meta["n_items"],) * 2)

    def _spread(self, own: Embeddings, edges: sp.csr_array) -> Embeddings:
        vectors, present = own.vectors, own.present
        share = np.where(own.present, np.float32(self.config.residual), np.float32(0.0))[:, None]
        for _ in range(self.config.steps):
            mass = edges @ present.astype(np.float32)
            reached = mass > 0
            around = (edges @ vectors) / np.where(reached, mass, 1.0)[:, None]
            vectors = np.where(reached[:, None], share * own.vectors + (1 - share) * around, vectors)
            present = present | reached
        return Embeddings(vectors.astype(np.float32, copy=False), present, own.inputs)
