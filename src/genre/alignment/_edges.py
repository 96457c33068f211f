"""Edges between items, each item's strongest ones, as weights."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from genre.values import Interactions, Vocabulary
from genre.values.linked_graph import LinkedGraph

BLOCK = 4096
"""Items whose edges are weighed at a time."""


def cooccurrence_edges(train: Interactions, n_strongest: int) -> sp.csr_array:
    """N x N: users who touched both over the root of the product of users who touched each (the cosine)."""
    touched = train.matrix().T.tocsr()
    lengths = np.sqrt(np.maximum(touched.sum(axis=1), 1.0))
    return _strongest_products(_rows_by(touched, 1.0 / lengths), n_strongest)


def graph_edges(graph: LinkedGraph, items: Vocabulary, n_strongest: int, n_most: int) -> sp.csr_array:
    """N x N: for each entity that both items touch, or are, 1 over the number of such items.

    Reference: resource allocation between nodes, arXiv 0901.0553.

    Args:
        n_most: entities of more items than this are passed over: what nearly all share says little.
    """
    is_entity = graph.is_entity(items)
    heads, _, tails = graph.triples.T
    n_entities = len(graph.entities)
    ones = np.ones(len(heads), dtype=np.float32)
    beside = sp.csr_array((ones, (heads, tails)), shape=(n_entities, n_entities))
    touched = (is_entity + is_entity @ (beside + beside.T)).tocsr()
    touched.data[:] = 1.0
    degrees = np.asarray(touched.sum(axis=0))
    telling = (degrees <= n_most) / np.sqrt(np.maximum(degrees, 1.0))
    return _strongest_products((touched @ sp.diags_array(telling.astype(np.float32))).tocsr(), n_strongest)


def _strongest_products(matrix: sp.csr_array, n_strongest: int) -> sp.csr_array:
    """Each row's `n_strongest` largest products with the other rows of N x F: N x N float32."""
    other = matrix.T.tocsc()
    parts = []
    for start in range(0, matrix.shape[0], BLOCK):
        products = (matrix[start : start + BLOCK] @ other).tocoo()
        apart = (products.row + start != products.col) & (products.data > 0)
        entries = (products.data[apart], (products.row[apart], products.col[apart]))
        parts.append(_strongest(sp.csr_array(entries, shape=products.shape), n_strongest))
    return sp.vstack(parts, format="csr").astype(np.float32)


def _strongest(matrix: sp.csr_array, n_strongest: int) -> sp.csr_array:
    """The largest values of each row; of equal ones the first columns."""
    matrix.sort_indices()
    counts = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    kept = order[np.arange(len(order)) - matrix.indptr[rows] < n_strongest]
    return sp.csr_array((matrix.data[kept], (rows[kept], matrix.indices[kept])), shape=matrix.shape)


def _rows_by(matrix: sp.csr_array, factors: np.ndarray) -> sp.csr_array:
    return (sp.diags_array(factors.astype(np.float32)) @ matrix).tocsr()
