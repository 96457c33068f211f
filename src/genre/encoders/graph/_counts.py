"""How much a knowledge graph says of each entity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.values.linked_graph import LinkedGraph

MOST = 64
"""Kinds of triples counted at most, those that are met most often."""


def triple_counts(graph: LinkedGraph) -> NDArray[np.float32]:
    """log(1 + triples) of each entity by relation and side, head or tail: float32 [E, C], C at most `MOST`.

    What people talk about is described at length: counts foretell how popular a new item will be, which the vectors
    of most models do not hold.
    """
    n_entities, n_relations = len(graph.entities), len(graph.relations)
    heads, relations, tails = graph.triples.T
    kinds = np.concatenate([relations, n_relations + relations])
    met = np.bincount(kinds, minlength=2 * n_relations)
    chosen = np.sort(np.argsort(-met, kind="stable")[: min(MOST, int((met > 0).sum()))])
    place = np.full(2 * n_relations, -1)
    place[chosen] = np.arange(len(chosen))
    counted = place[kinds] >= 0
    counts = np.zeros((n_entities, len(chosen)), dtype=np.float32)
    np.add.at(counts, (np.concatenate([heads, tails])[counted], place[kinds][counted]), 1)
    return np.log1p(counts)
