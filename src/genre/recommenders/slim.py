"""Sparse linear item-to-item model: few, positive, learned weights per item."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.progress import step
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._elastic_net import positive_elastic_net
from genre.recommenders._gram import GramBlocks
from genre.recommenders._neighbours import from_arrays, nearest, to_arrays
from genre.recommenders.base import Task

BATCH_CELLS = 8_000_000
"""Entries of the small Gram matrices solved together (32 MB); popular items go first, for they take equally long."""


class SlimConfig(BagConfig):
    """How many weights, how large."""

    l1: float = Field(1.0, ge=0, description="Pushes weights to zero, in interactions.")
    l2: float = Field(100.0, ge=0, description="Keeps weights small, in interactions.")
    candidates: int = Field(200, ge=1, description="Most similar items that may get a weight for an item.")


class SlimRecommender(BagRecommender):
    """scores = history @ W; column j of W minimises |x_j - Xw|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2 over w >= 0, w_j = 0.

    Only the nearest items by cosine may have a weight in a column (the fsSLIM variant), so that a catalogue of any
    size is a row of small problems. Reference: Ning and Karypis, SLIM: sparse linear methods for top-N recommender
    systems, ICDM 2011.
    """

    config: SlimConfig
    EXAMPLES = ({}, {"l1": 0.5, "l2": 1.0, "candidates": 5})

    def _learn(self, task: Task) -> None:
        matrix = task.split.train.matrix()
        near = nearest(matrix.T.tocsr(), self.config.candidates, 0.0)
        width = int(max(np.diff(near.indptr).max(initial=0), 1))
        blocks, batch = GramBlocks(matrix), max(1, BATCH_CELLS // width**2)
        order = np.argsort(-task.split.train.popularity(), kind="stable")
        solved: list[sp.csr_array] = []
        with step("weights", len(order)) as bar:
            for start in range(0, len(order), batch):
                items = order[start : start + batch]
                solved.append(self._solved(near[items], items, blocks))
                bar.advance(len(items))
        self._weights = sp.vstack(solved, format="csr")[np.argsort(order)].T.tocsr()

    def _solved(self, near: sp.csr_array, items: NDArray[np.integer], blocks: GramBlocks) -> sp.csr_array:
        """Weights of a batch of items, one row per item: float32 B x N."""
        counts = np.diff(near.indptr)
        owners, places = np.repeat(np.arange(len(counts)), counts), _places(counts)
        chosen = np.full((len(counts), max(int(counts.max(initial=0)), 1)), -1)
        chosen[owners, places] = near.indices
        grams, targets = blocks.take(chosen, items)
        weights = positive_elastic_net(grams, targets, self.config.l1, self.config.l2)[owners, places]
        kept = weights > 0
        shape = (len(counts), near.shape[1])
        return sp.csr_array((weights[kept], (owners[kept], near.indices[kept])), shape=shape, dtype=np.float32)

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = (bag @ self._weights).toarray()
        return scores

    def _learned(self) -> State:
        return State(arrays=to_arrays(self._weights))

    def _relearn(self, state: State) -> None:
        self._weights = from_arrays(state.arrays)


def _places(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """0, 1, 2 ... within each of the groups of those sizes."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
