"""Linear item-to-item model in closed form, strong on dense data; its memory grows with the square of the items."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import Fault
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._gram import gram, inverted
from genre.recommenders.base import Task
from genre.values import Split

EXACT_ITEMS = 10_000
"""Up to here the inverse is computed in float64, above in float32: half the memory, and l2 keeps it stable."""


class EaseConfig(BagConfig):
    """How strongly the model is held back."""

    l2: float = Field(300.0, gt=0, description="Regularisation, in interactions; more for larger and noisier data.")
    max_items: int = Field(
        40_000, ge=1, description="More trained items than this are refused (40,000 take 7 GB, memory is quadratic)."
    )


class EaseRecommender(BagRecommender):
    """scores = history @ B, where B minimises |X - XB|^2 + l2 |B|^2 with a zero diagonal.

    With P = (X'X + l2 I)^-1, B = -P / diag(P) column by column off the diagonal. Reference: arXiv 1905.03375.
    """

    config: EaseConfig
    EXAMPLES = ({}, {"l2": 10.0, "recency": {"half_life": 3.0}})

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        n_trained = np.count_nonzero(split.train.popularity())
        if n_trained <= self.config.max_items:
            return ()
        what = f"{n_trained:,} trained items; a dense matrix of that side does not fit."
        mend = "Take item_knn or slim (both sparse), or raise max_items if memory allows."
        return (Fault("recommender.ease", what, mend),)

    def _learn(self, task: Task) -> None:
        rows = np.flatnonzero(self._scored_items())
        dtype = np.float64 if len(rows) <= EXACT_ITEMS else np.float32
        self._rows = rows.astype(np.int32)
        self._weights = _closed_form(gram(task.split.train.matrix()[:, rows], dtype), self.config.l2)

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        scores = np.zeros(bag.shape, dtype=np.float32)
        scores[:, self._rows] = bag[:, self._rows] @ self._weights
        return scores

    def _learned(self) -> State:
        return State(arrays={"rows": self._rows, "weights": self._weights})

    def _relearn(self, state: State) -> None:
        self._rows, self._weights = state.arrays["rows"], state.arrays["weights"]


def _closed_form(matrix: NDArray[np.floating], l2: float) -> NDArray[np.float32]:
    """B of the Gram matrix (N x N, overwritten): float32 N x N."""
    matrix[np.diag_indices_from(matrix)] += l2
    inverse = inverted(matrix)
    inverse /= -inverse.diagonal().copy()
    np.fill_diagonal(inverse, 0.0)
    return inverse.astype(np.float32, copy=False)
