"""Cosine similarity of sparse rows, only the nearest kept, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.core.progress import step

Weighting = Literal["none", "tf_idf", "bm25"]
BUDGET = 20_000_000
"""Products of two entries that one block may need: bounds its memory to about half a GiB."""
BM25_K1, BM25_B = 1.2, 0.75


def weighted(matrix: sp.csr_array, weighting: Weighting) -> sp.csr_array:
    """Entries of an R x C matrix weighted as terms of documents: columns are terms, rows documents.

    A column with many entries says little (idf); bm25 also discounts long rows. Empty rows are no documents.
    Reference: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
    """
    if weighting == "none":
        return matrix
    result, idf = matrix.astype(np.float64), rarity(matrix)
    if weighting == "tf_idf":
        result.data = np.sqrt(result.data) * idf[matrix.indices]
        return result
    per_row = np.diff(matrix.indptr)
    n_documents = max(int((per_row > 0).sum()), 1)
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    norm = 1.0 - BM25_B + BM25_B * sums * n_documents / max(sums.sum(), 1e-12)
    saturated = result.data * (BM25_K1 + 1.0) / (BM25_K1 * np.repeat(norm, per_row) + result.data)
    result.data = saturated * idf[matrix.indices]
    return result


def rarity(matrix: sp.csr_array) -> NDArray[np.float64]:
    """Inverse document frequency of each column: ln(documents / (1 + its entries)), at least 0: float64 [C]."""
    n_documents = max(int((np.diff(matrix.indptr) > 0).sum()), 1)
    entries = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return np.maximum(np.log(n_documents) - np.log1p(entries), 0.0)


def norms(rows: sp.csr_array) -> NDArray[np.float64]:
    """The Euclidean length of each row: float64 [R]."""
    return np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()).astype(np.float64)


def nearest(rows: sp.csr_array, k: int, shrinkage: float) -> sp.csr_array:
    """The k nearest other rows of each row of an R x C matrix: float32 R x R.

    Similarity is a'b / (|a| |b| + shrinkage); equal ones stand in row order.
    """
    length = norms(rows)
    columns = rows.T.tocsr()
    kept: list[sp.csr_array] = []
    with step("neighbours", rows.shape[0]) as bar:
        for start, stop in _blocks(rows, columns):
            block = (rows[start:stop] @ columns).tocsr()
            owners = np.repeat(np.arange(start, stop), np.diff(block.indptr))
            block.data = block.data / np.maximum(length[owners] * length[block.indices] + shrinkage, 1e-12)
            block.data[owners == block.indices] = 0.0
            kept.append(largest(block, k))
            bar.advance(stop - start)
    return sp.vstack(kept, format="csr").astype(np.float32) if kept else sp.csr_array(rows.shape, dtype=np.float32)


def largest(matrix: sp.csr_array, k: int) -> sp.csr_array:
    """The k largest positive entries of each row; of equal ones those that stand first."""
    kept = matrix.data > 0
    for row in np.flatnonzero(np.diff(matrix.indptr) > k):
        place = slice(matrix.indptr[row], matrix.indptr[row + 1])
        values = matrix.data[place]
        last = np.partition(values, len(values) - k)[len(values) - k]
        above, equal = values > last, np.flatnonzero(values == last)
        above[equal[np.argsort(matrix.indices[place][equal])][: k - np.count_nonzero(above)]] = True
        kept[place] &= above
    ends = np.concatenate([[0], np.cumsum(kept)])[matrix.indptr]
    result = sp.csr_array((matrix.data[kept], matrix.indices[kept], ends), shape=matrix.shape)
    result.sort_indices()
    return result


def _blocks(rows: sp.csr_array, columns: sp.csr_array) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose products with all others stay within the budget (at least one row each)."""
    products = np.zeros(rows.shape[0] + 1, dtype=np.int64)
    per_entry = np.diff(columns.indptr).astype(np.int64)[rows.indices]
    totals = np.concatenate([[0], np.cumsum(per_entry)])
    products[1:] = totals[rows.indptr[1:]]
    start = 0
    while start < rows.shape[0]:
        stop = int(np.searchsorted(products, products[start] + BUDGET, side="right")) - 1
        stop = min(max(stop, start + 1), rows.shape[0])
        yield start, stop
        start = stop


def to_arrays(matrix: sp.csr_array) -> dict[str, NDArray[np.generic]]:
    """A sparse matrix for a component's state."""
    shape = np.asarray(matrix.shape, dtype=np.int64)
    return {
        "data": matrix.data,
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int64),
        "shape": shape,
    }


def from_arrays(arrays: dict[str, NDArray[np.generic]]) -> sp.csr_array:
    """The inverse of `to_arrays`."""
    shape = (int(arrays["shape"][0]), int(arrays["shape"][1]))  # type: ignore[call-overload]
    return sp.csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
