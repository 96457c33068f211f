"""Which tables are a knowledge graph and the links of items to its entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genre.pipeline import _draft_names as names
from genre.pipeline._draft_keys import may_be_id
from genre.pipeline._draft_tables import TableLook

_NAMES = (
    ("head", "relation", "tail"),
    ("headid", "relationid", "tailid"),
    ("h", "r", "t"),
    ("subject", "predicate", "object"),
    ("source", "relation", "target"),
    ("src", "rel", "dst"),
    ("from", "relation", "to"),
)


@dataclass(frozen=True, eq=False)
class GraphRoles:
    """A table of triples and its three columns."""

    table: TableLook
    head: str
    relation: str
    tail: str


@dataclass(frozen=True, eq=False)
class LinkRoles:
    """A table that says which item is which entity."""

    table: TableLook
    item: str
    entity: str


def graph_of(looks: Sequence[TableLook]) -> GraphRoles | None:
    """The table with a head, a relation and a tail."""
    for table in looks:
        by_name = {names.plain(column.name): column.name for column in table.columns}
        for triple in _NAMES:
            if all(name in by_name for name in triple):
                head, relation, tail = (by_name[name] for name in triple)
                return GraphRoles(table, head, relation, tail)
        if len(table.columns) == 3 and names.file_fits(table.path.name, "graph"):
            head, relation, tail = (column.name for column in table.columns)
            return GraphRoles(table, head, relation, tail)
    return None


def links_of(graph: GraphRoles, looks: Sequence[TableLook]) -> LinkRoles | None:
    """The table of two columns that says which item is which entity of the graph."""
    for table in looks:
        usable = [column.name for column in table.columns if may_be_id(column) or names.is_id(column.name)]
        entity = next((name for name in usable if "entity" in names.plain(name)), None)
        item = next((name for name in usable if name != entity and names.fit(name, "item")), None)
        if table is not graph.table and entity is not None and item is not None:
            return LinkRoles(table, item, entity)
    return None
