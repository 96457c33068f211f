"""Matrix factorisation of implicit feedback by alternating least squares; new users are solved for in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.progress import step
from genre.core.seeds import derive
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._implicit import as_matrix, single_blas
from genre.recommenders.base import Task
from genre.values import Embeddings

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares


class IalsConfig(BagConfig):
    """The size of the factors and what holds them back."""

    dim: int = Field(128, ge=1, description="Factors of a user and of an item.")
    alpha: float = Field(4.0, gt=0, description="Weight of a touched item, that of an untouched one being 1.")
    l2: float = Field(30.0, gt=0, description="Regularisation of all factors.")
    iterations: int = Field(15, ge=1, description="Rounds over users and items.")


class IalsRecommender(BagRecommender):
    """scores = x @ Y', x the user vector that fits the history best when the item factors Y are given.

    x = (Y'Y + l2 I + Y'(C - I)Y)^-1 Y'C p, with confidence C = alpha * weight for touched items and 1 for the others,
    p = 1 for touched items and 0 for the others.
    Reference: Hu, Koren and Volinsky, Collaborative filtering for implicit feedback datasets, ICDM 2008.
    """

    config: IalsConfig
    EXAMPLES = ({"dim": 8, "l2": 2.0}, {"dim": 4, "alpha": 10.0, "l2": 1.0, "recency": "none", "iterations": 3})

    def _learn(self, task: Task) -> None:
        model = self._model(derive(task.seed, "ials"))
        matrix = as_matrix(task.split.train.matrix())
        with single_blas(), step("alternating least squares", self.config.iterations) as bar:
            model.fit(matrix, show_progress=False, callback=lambda *_: bar.advance())
        self._set_factors(model.item_factors)

    def item_vectors(self) -> Embeddings:
        return Embeddings(self._factors, self.scored_items())

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        users = self._solver.recalculate_user(np.arange(bag.shape[0]), as_matrix(bag))
        scores: NDArray[np.float32] = users @ self._factors.T
        return scores

    def _model(self, seed: int | None = None) -> AlternatingLeastSquares:
        from implicit.cpu.als import AlternatingLeastSquares

        config = self.config
        with single_blas():
            return AlternatingLeastSquares(
                config.dim, config.l2, config.alpha, iterations=config.iterations, random_state=seed
            )

    def _set_factors(self, factors: NDArray[np.float32]) -> None:
        factors[~self.scored_items()] = 0.0
        self._factors = factors
        self._solver = self._model()
        self._solver.item_factors = factors

    def _learned(self) -> State:
        return State(arrays={"factors": self._factors})

    def _relearn(self, state: State) -> None:
        self._set_factors(state.arrays["factors"])
