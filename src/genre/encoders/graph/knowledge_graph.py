"""Vectors of a knowledge graph's entities, by any PyKEEN model."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.graph._counts import triple_counts
from genre.encoders.graph._interactions import distinct_pairs, with_interactions
from genre.encoders.graph._kept import kept
from genre.encoders.graph._plan import Plan
from genre.encoders.graph._pykeen import missing_package, model_class, pykeen, version
from genre.values import Embeddings, Remark, Vocabulary, World, columns
from genre.values.linked_graph import LinkedGraph, graph_faults, graph_remarks, unlinked_items

LARGE = 200_000_000
"""Triples times epochs that take an hour or more on two cores."""


class KnowledgeGraphConfig(EncoderConfig):
    """Which model learns the graph, and how."""

    model: str = Field("TransE", min_length=1, description="Any model of PyKEEN: TransE, RotatE, ComplEx, RGCN ...")
    dim: int = Field(
        64,
        ge=1,
        le=4096,
        description="Dimensions of a part of an entity. Most models have one part; complex ones, and those with a part "
        "more for tails or for spread, two; QuatE and AutoSF four; ConvE and MuRE add a bias or two.",
    )
    epochs: int = Field(30, ge=1, description="Passes over the triples.")
    learning_rate: float = Field(0.01, gt=0, description="Step size of Adam.")
    batch_size: int | None = Field(None, ge=1, description="Triples per step; None: by the size of the graph.")
    negatives: int = Field(4, ge=1, le=1024, description="Corrupted triples per true one.")
    relations: tuple[str, ...] = Field((), description="Only triples with these relations; empty: all.")
    interactions: bool = Field(False, description="Add a triple per training interaction, from user to item.")
    counts: bool = Field(True, description="Add how many triples of each relation an entity is in, as logarithms.")
    seed: int | None = Field(
        None, ge=0, lt=2**32, description="None: the recipe's; a number of its own lets folds share one training."
    )


class KnowledgeGraphEncoder(Encoder):
    """The vector of the entity that an item is, or the mean of several; items that are no entity have no content.

    With `counts`, how much the graph says of it stands beside the vector, both with an equal say.

    Trained once on sampled corruptions (sLCWA) and kept on disk by triples, settings, seed and version of PyKEEN.
    Reference: Ali et al., PyKEEN 1.0, JMLR 22(82), 2021; TransE: Bordes et al., NeurIPS 2013.
    """

    config: KnowledgeGraphConfig
    reads_columns: ClassVar[bool] = False
    EXAMPLES = (
        {"dim": 4, "epochs": 2},
        {"model": "RotatE", "dim": 3, "epochs": 1, "interactions": True, "relations": ["has_genre"], "seed": 1},
    )

    _world: World | None = None
    _items: Vocabulary | None = None
    _vectors: NDArray[np.float32]

    def observe(self, world: World) -> None:
        self._world = world

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        lacking = missing_package()
        faults = [*lacking]
        if not lacking:
            try:
                model_class(self.config.model)
            except DataError as error:
                faults += error.faults
        if self._world is not None:
            faults += self._world_faults(self._world)
        return tuple(faults)

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        if self._world is None or self.config.interactions:
            return ()
        return unlinked_items(self._world.catalog, table.to_series(), self.config.relations)

    def remarks(self, table: pl.DataFrame) -> tuple[Remark, ...]:
        if self._world is None or self._world.catalog.graph is None:
            return ()
        config, graph = self.config, self._world.catalog.graph.select(columns.HEAD, columns.RELATION, columns.TAIL)
        found = graph_remarks(self._world.catalog, config.relations)
        used = graph.filter(pl.col(columns.RELATION).is_in(config.relations)) if config.relations else graph
        n_triples = used.n_unique() + (len(distinct_pairs(self._world.train)) if config.interactions else 0)
        if n_triples * config.epochs > LARGE:
            what = f"{n_triples:,} triples times {config.epochs} epochs may take hours without a GPU"
            mend = "Fewer epochs, some relations only, or a larger batch_size; the result is kept on disk."
            found = (*found, Remark("graph", what, n_triples, used.head(1), mend))
        return found

    def fit(self, table: pl.DataFrame) -> None:
        if self._world is None:
            raise NotFittedError("knowledge_graph observes a world before fit")
        faults = self._world_faults(self._world) or self.lacks(table)
        if faults:
            raise DataError(faults)
        model = model_class(self.config.model)
        told = LinkedGraph.of(self._world.catalog, self.config.relations)
        graph = with_interactions(told, self._world.train) if self.config.interactions else told
        sizes = (len(graph.entities), len(graph.relations))
        plan = self._plan(model.__name__, self._world.seed)
        training = pykeen("genre.encoders.graph._training")
        vectors = kept(plan.key(graph.triples, sizes), lambda: training.train(model, graph.triples, sizes, plan))
        self._items, found = _of_items(graph, vectors)
        if self.config.counts:
            counted, counts = _of_items(told, triple_counts(told))
            places = counted.rows(self._items.ids)
            counts = counts[places] * (places >= 0)[:, None]
            found = np.hstack([_of_unit_spread(found), _of_unit_spread(counts)])
        self._vectors = found

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._items is None:
            raise NotFittedError("knowledge_graph encodes only after fit")
        places = self._items.rows(table.to_series())
        vectors = np.zeros((len(table), self.width), dtype=np.float32)
        vectors[places >= 0] = self._vectors[places[places >= 0]]
        return Embeddings(vectors, places >= 0)

    @property
    def width(self) -> int:
        if self._items is None:
            raise NotFittedError("knowledge_graph knows its width only after fit")
        return self._vectors.shape[1]

    def state(self) -> State:
        if self._items is None:
            raise NotFittedError("knowledge_graph has a state only after fit")
        return State({"ids": self._items.ids.to_list()}, {"vectors": self._vectors}, vectors=("vectors",))

    def restore(self, state: State) -> None:
        self._items = Vocabulary(state.meta["ids"])
        self._vectors = state.arrays["vectors"]

    def _world_faults(self, world: World) -> tuple[Fault, ...]:
        if world.side != "items":
            return (Fault("", "knowledge_graph knows entities of items, not of users.", "Move it to 'features'."),)
        return graph_faults(world.catalog, self.config.relations)

    def _plan(self, model: str, seed: int) -> Plan:
        config = self.config
        own = seed if config.seed is None else config.seed
        return Plan(
            model, config.dim, config.epochs, config.batch_size, config.learning_rate, config.negatives, own, version()
        )


def _of_items(graph: LinkedGraph, vectors: NDArray[np.float32]) -> tuple[Vocabulary, NDArray[np.float32]]:
    """Items, and for each the mean vector of the entities that it is."""
    links = graph.links.sort(columns.ITEM_ID, maintain_order=True)
    items = Vocabulary(links[columns.ITEM_ID].unique(maintain_order=True))
    counts = links.group_by(columns.ITEM_ID, maintain_order=True).len()["len"].to_numpy()
    starts = (np.cumsum(counts) - counts).astype(np.int64)
    sums = np.add.reduceat(vectors[links[columns.ENTITY_ROW].to_numpy()].astype(np.float64), starts, axis=0)
    return items, (sums / counts[:, None]).astype(np.float32)


def _of_unit_spread(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scaled to a mean square distance of 1 from their mean."""
    spread = float(np.sqrt(vectors.var(axis=0).sum()))
    return vectors / np.float32(max(spread, 1e-12))
