"""A knowledge graph as rows of entities and relations, with the items that are entities of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault, near
from genre.values import columns
from genre.values.catalog import Catalog
from genre.values.dataset import N_EXAMPLES, Remark
from genre.values.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class LinkedGraph:
    """T distinct triples over E entities and R relations; ids and triples in sorted order, whatever the file's.

    Attributes:
        triples: int64 [T, 3], rows of head, relation and tail.
        links: item_id, entity_row (Int64): every link to an entity of the graph, also of items that the catalogue
            does not have. Without a table of links an item is the entity of the same name.
    """

    entities: Vocabulary
    relations: Vocabulary
    triples: NDArray[np.int64]
    links: pl.DataFrame

    @staticmethod
    def of(catalog: Catalog, relations: Sequence[str] = ()) -> LinkedGraph:
        """The catalogue's graph.

        Args:
            relations: only triples with these; empty: all.

        Raises:
            DataError: whatever `graph_faults` finds.
        """
        faults = graph_faults(catalog, relations)
        if faults:
            raise DataError(faults)
        kept = _kept(catalog, relations).unique().sort(columns.HEAD, columns.RELATION, columns.TAIL)
        entities = Vocabulary(pl.concat([kept[columns.HEAD], kept[columns.TAIL]]).unique().sort())
        names = Vocabulary(kept[columns.RELATION].unique().sort())
        places = (
            entities.rows(kept[columns.HEAD]),
            names.rows(kept[columns.RELATION]),
            entities.rows(kept[columns.TAIL]),
        )
        triples = np.stack(places, axis=1).astype(np.int64)
        return LinkedGraph(entities, names, triples, _links(catalog, entities))

    def item_rows(self, items: Vocabulary) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Links of a catalogue's items: rows of items and rows of entities, int64 [L] each."""
        rows = items.rows(self.links[columns.ITEM_ID]).astype(np.int64)
        known = rows >= 0
        return rows[known], self.links[columns.ENTITY_ROW].to_numpy()[known]

    def is_entity(self, items: Vocabulary) -> sp.csr_array:
        """Which item is which entity: float32 N x E of zeros and ones."""
        rows, entities = self.item_rows(items)
        ones = np.ones(len(rows), dtype=np.float32)
        return sp.csr_array((ones, (rows, entities)), shape=(len(items), len(self.entities)))


def graph_faults(catalog: Catalog, relations: Sequence[str] = ()) -> tuple[Fault, ...]:
    """What keeps a catalogue's graph from saying anything about its items."""
    if catalog.graph is None:
        mend = "Name the table of triples (head, relation, tail) in the source, such as graph: kg.parquet."
        return (Fault("graph", "there is no knowledge graph.", mend),)
    if catalog.graph.is_empty():
        mend = "Name a table with rows of head, relation and tail; genre check shows those that were set aside."
        return (Fault("graph", "holds no triple that can be used.", mend),)
    known = catalog.graph[columns.RELATION].unique().to_list()
    unknown = [name for name in relations if name not in known]
    if unknown:
        return tuple(
            Fault("relations", f"the graph has no relation '{name}'.", near(name, sorted(known))) for name in unknown
        )
    linked = _linked(catalog, relations)
    return () if linked.any() else (_unlinked(catalog),)


def unlinked_items(catalog: Catalog, items: pl.Series, relations: Sequence[str] = ()) -> tuple[Fault, ...]:
    """The fault of items (ids) none of which is an entity, in a graph that has no other fault."""
    of_graph = catalog.item_vocabulary.ids.filter(_linked(catalog, relations))
    if items.is_in(of_graph.implode()).any():
        return ()
    what = f"none of the {len(items):,} items to learn from is an entity of the graph, of all items {len(of_graph):,}."
    return (Fault("links", what, "Link items that were touched, or leave this feature out."),)


def graph_remarks(catalog: Catalog, relations: Sequence[str] = ()) -> tuple[Remark, ...]:
    """Items and links that the graph, as far as it is used, knows nothing of."""
    found = []
    linked = _linked(catalog, relations)
    lone = catalog.items.select(columns.ITEM_ID).filter(~linked)
    if len(lone):
        what = f"items without an entity: {len(lone):,} of {len(linked):,} are in no triple"
        found.append(_remark("items", what, lone, "Link them to entities; until then other features speak for them."))
    if catalog.links is not None:
        links = catalog.links
        nowhere = ~links[columns.ENTITY_ID].is_in(_entities(catalog, relations).implode())
        if nowhere.any():
            what = f"links without an entity: {int(nowhere.sum()):,} name one that is in no triple"
            found.append(
                _remark("links", what, links.filter(nowhere), "Compare the spelling of entities with the graph.")
            )
        strange = ~links[columns.ITEM_ID].is_in(catalog.item_vocabulary.ids.implode())
        if strange.any():
            what = f"links without an item: {int(strange.sum()):,} name one that is not in the catalogue"
            found.append(_remark("links", what, links.filter(strange), "Harmless if these items come later."))
    return tuple(found)


def _remark(table: str, what: str, rows: pl.DataFrame, mend: str) -> Remark:
    return Remark(table, what, len(rows), rows.head(N_EXAMPLES), mend)


def _unlinked(catalog: Catalog) -> Fault:
    if catalog.links is None:
        what = "no item_id is the name of an entity, and there is no table of links."
        return Fault(
            "links", what, "Name a table of item_id and entity_id in the source, such as links: kg_link.parquet."
        )
    mend = "Compare the spelling of item_id and entity_id with the items and the graph."
    if catalog.links.is_empty():
        return Fault("links", "the table of links holds no row that can be used.", mend)
    items = ", ".join(f"'{name}'" for name in catalog.links[columns.ENTITY_ID].head(2))
    assert catalog.graph is not None
    entities = ", ".join(f"'{name}'" for name in catalog.graph[columns.HEAD].head(2))
    what = f"no link joins an item to an entity of the graph ({items} against {entities})."
    return Fault("links", what, mend)


def _kept(catalog: Catalog, relations: Sequence[str]) -> pl.DataFrame:
    assert catalog.graph is not None
    graph = catalog.graph.select(columns.HEAD, columns.RELATION, columns.TAIL)
    return graph.filter(pl.col(columns.RELATION).is_in(list(relations))) if relations else graph


def _entities(catalog: Catalog, relations: Sequence[str]) -> pl.Series:
    kept = _kept(catalog, relations)
    return pl.concat([kept[columns.HEAD], kept[columns.TAIL]]).unique()


def _linked(catalog: Catalog, relations: Sequence[str]) -> pl.Series:
    """Which items are an entity: bool [N]."""
    entities, ids = _entities(catalog, relations), catalog.item_vocabulary.ids
    if catalog.links is None:
        return ids.is_in(entities.implode())
    links = catalog.links.filter(pl.col(columns.ENTITY_ID).is_in(entities.implode()))
    return ids.is_in(links[columns.ITEM_ID].implode())


def _links(catalog: Catalog, entities: Vocabulary) -> pl.DataFrame:
    if catalog.links is None:
        rows = np.arange(len(entities), dtype=np.int64)
        return pl.DataFrame({columns.ITEM_ID: entities.ids, columns.ENTITY_ROW: rows})
    links = catalog.links.select(columns.ITEM_ID, columns.ENTITY_ID).unique().sort(pl.all())
    rows = entities.rows(links[columns.ENTITY_ID]).astype(np.int64)
    placed = links.select(columns.ITEM_ID).with_columns(pl.Series(columns.ENTITY_ROW, rows))
    return placed.filter(pl.col(columns.ENTITY_ROW) >= 0)
