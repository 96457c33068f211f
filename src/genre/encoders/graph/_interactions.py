"""Training interactions as triples beside those of a knowledge graph."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.values import Interactions, Vocabulary, columns
from genre.values.linked_graph import LinkedGraph

RELATION = "interacted with"


def distinct_pairs(train: Interactions) -> NDArray[np.int64]:
    """Rows of users and of items that met, in order: int64 [P, 2]."""
    keys = np.unique(train.keys())
    return np.stack(np.divmod(keys, train.n_items), axis=1)


def with_interactions(graph: LinkedGraph, train: Interactions) -> LinkedGraph:
    """The graph with a triple (user, interacted with, item) per training pair.

    Items of the training part that are no entity become one; the names of what is added begin with a NUL, so that
    they meet none of the graph's.
    """
    pairs = distinct_pairs(train)
    item_rows, entity_rows = graph.item_rows(train.items)
    entity_of = np.full(train.n_items, -1, dtype=np.int64)
    entity_of[item_rows[::-1]] = entity_rows[::-1]
    new_items = np.unique(pairs[entity_of[pairs[:, 1]] < 0, 1])
    users = np.unique(pairs[:, 0])
    n_before = len(graph.entities)
    entity_of[new_items] = n_before + np.arange(len(new_items))
    user_of = np.zeros(train.n_users, dtype=np.int64)
    user_of[users] = n_before + len(new_items) + np.arange(len(users))
    relation = np.full(len(pairs), len(graph.relations), dtype=np.int64)
    added = np.stack([user_of[pairs[:, 0]], relation, entity_of[pairs[:, 1]]], axis=1)
    new_ids = train.items.lookup(new_items)
    names = [graph.entities.ids, "\0item " + new_ids, "\0user " + train.users.lookup(users)]
    return LinkedGraph(
        Vocabulary(pl.concat([name.alias("id") for name in names])),
        Vocabulary(pl.concat([graph.relations.ids, pl.Series("id", [f"\0{RELATION}"])])),
        np.concatenate([graph.triples, added]),
        pl.concat([graph.links, pl.DataFrame({columns.ITEM_ID: new_ids, columns.ENTITY_ROW: entity_of[new_items]})]),
    )
