"""Lists beside the truth: what metrics measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.values.embeddings import Embeddings
from genre.values.rankings import Rankings
from genre.values.vocabulary import UNKNOWN


@dataclass(frozen=True, eq=False)
class RatedPairs:
    """T ratings that test users gave, beside what was predicted for them: float32 [T] each, finite."""

    predicted: NDArray[np.float32]
    given: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.predicted.shape != self.given.shape:
            raise ValueError("rated pairs: one prediction per rating")
        if not (np.isfinite(self.predicted).all() and np.isfinite(self.given).all()):
            raise ValueError("rated pairs: every rating and every prediction is finite")


@dataclass(frozen=True, eq=False)
class Judgement:
    """Lists of B test users beside what they touched.

    Attributes:
        rankings: B lists of depth K.
        hits: bool [B, K], whether the listed item is in the user's test part.
        n_relevant: int64 [B], distinct test items of each user, at least 1.
        popularity: int64 [N], training interactions of each item.
        n_train_users: users with a training interaction, for novelty.
        candidates: bool [N], the items that could be listed.
        vectors: item vectors (N rows) for intra-list diversity, or None.
        auc: float64 [B], the area under the ROC curve over all candidates, or None when no metric asked for it.
        ratings: of all users together; None when no metric asked for them, or none are given or predicted.
    """

    rankings: Rankings
    hits: NDArray[np.bool_]
    n_relevant: NDArray[np.int64]
    popularity: NDArray[np.int64]
    n_train_users: int
    candidates: NDArray[np.bool_]
    vectors: Embeddings | None = None
    auc: NDArray[np.float64] | None = None
    ratings: RatedPairs | None = None

    def __post_init__(self) -> None:
        if self.hits.shape != self.rankings.item_rows.shape or len(self.n_relevant) != len(self.rankings):
            raise ValueError("judgement: hits [B, K] and n_relevant [B] must fit the rankings")
        if len(self.n_relevant) and self.n_relevant.min() < 1:
            raise ValueError("judgement: every judged user has at least one test item")

    def exposure(self, k: int) -> NDArray[np.int64]:
        """How many of the lists hold each item among their first k: int64 [N]."""
        listed = self.rankings.item_rows[:, :k]
        return np.bincount(listed[listed != UNKNOWN], minlength=len(self.candidates))
