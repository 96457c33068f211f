"""A knowledge graph as seen from the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.values import Vocabulary
from genre.values.linked_graph import LinkedGraph


@dataclass(frozen=True, eq=False)
class ItemTriples:
    """The triples of every item, item after item.

    Attributes:
        starts: int64 [N + 1], where the triples of each item begin.
        relation: int64 [T'], a relation, or one read from tail to head.
        tail: int64 [T'], an item's row, or N plus the place of an entity, no item itself, that two or more items share.
        n_relations: of both kinds.
        n_entities: shared ones.
    """

    starts: NDArray[np.int64]
    relation: NDArray[np.int64]
    tail: NDArray[np.int64]
    n_relations: int
    n_entities: int


def item_triples(graph: LinkedGraph, items: Vocabulary) -> ItemTriples:
    """Triples with an item at one end; of those with items at both ends, the head's."""
    rows, entities = graph.item_rows(items)
    links = pl.DataFrame({"entity": entities, "item": rows})
    triples = pl.DataFrame(dict(zip(("head", "relation", "tail"), graph.triples.T, strict=True)))
    n_relations = len(graph.relations)
    ahead = triples.join(links, left_on="head", right_on="entity").select("item", "relation", other="tail")
    strangers = triples.join(links, left_on="head", right_on="entity", how="anti")
    behind = strangers.join(links, left_on="tail", right_on="entity").select(
        "item", pl.col("relation") + n_relations, other="head"
    )
    found = pl.concat([ahead, behind])
    named = found.join(
        links.group_by("entity").agg(pl.col("item").min().alias("named")),
        left_on="other",
        right_on="entity",
        how="left",
    )
    lone = named.filter(pl.col("named").is_null())
    shared = lone.group_by("other").agg(pl.col("item").n_unique().alias("n")).filter(pl.col("n") > 1)
    places = shared.sort("other").select("other", pl.int_range(pl.len()).alias("place"))
    kept = (
        named.join(places, on="other", how="left")
        .with_columns(pl.coalesce("named", pl.col("place") + len(items)).alias("tail"))
        .filter(pl.col("tail").is_not_null())
        .sort("item", "relation", "tail")
    )
    counts = np.bincount(kept["item"].to_numpy(), minlength=len(items))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    relation, tail = kept["relation"].to_numpy().astype(np.int64), kept["tail"].to_numpy().astype(np.int64)
    return ItemTriples(starts, relation, tail, 2 * n_relations, len(places))
