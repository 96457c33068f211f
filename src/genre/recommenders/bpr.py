"""Matrix factorisation that learns to rank touched items above others, pair by pair."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.progress import step
from genre.core.seeds import derive
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._implicit import as_matrix, single_blas
from genre.recommenders._recency import N_USERS, Recency
from genre.recommenders._validation import validation
from genre.recommenders.base import Task
from genre.values import Embeddings, Histories

TASTES = (0.4, 0.6, 0.8, 1.0)
PLAIN_TASTE = 0.6


class BprConfig(BagConfig):
    """How long and how fast pairs are learned."""

    dim: int = Field(64, ge=1, description="Factors of a user and of an item.")
    learning_rate: float = Field(0.01, gt=0, le=1, description="Step of stochastic gradient descent.")
    l2: float = Field(0.01, ge=0, description="Regularisation of all factors.")
    epochs: int = Field(150, ge=1, description="Passes over the interactions.")
    taste: Literal["auto"] | Annotated[float, Field(gt=0)] = Field(
        "auto",
        description="How much taste counts beside popularity: 1 as learned; auto: chosen on the validation part.",
    )


class BprRecommender(BagRecommender):
    """scores = x @ Y' + bias, x the direction of the history's mean item factor, at one length for all users.

    Factors are learned with user vectors; those serve only for that length (`taste` times their mean projection on the
    direction that their history gives). So strangers and known users are scored alike, and better than by the learned
    vectors, which are overfitted. Learned on one thread: more would make results depend on timing.
    Reference: arXiv 1205.2618.
    """

    config: BprConfig
    EXAMPLES = (
        {"dim": 8, "epochs": 20},
        {"dim": 4, "learning_rate": 0.05, "epochs": 5, "taste": 0.5, "recency": "none"},
    )

    def _fit(self, task: Task) -> None:
        self._taste = PLAIN_TASTE if self.config.taste == "auto" else self.config.taste
        super()._fit(task)
        judge = validation(task, n_users=N_USERS)
        if self.config.taste == "auto" and judge is not None:
            self._taste = max(TASTES, key=lambda taste: judge.measure(partial(self._scored, taste)))

    def _scored(self, taste: float, histories: Histories) -> NDArray[np.float32]:
        self._taste = taste
        return self.score(histories)

    def _learn(self, task: Task) -> None:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        config = self.config
        with single_blas(), step("pairwise ranking", config.epochs) as bar:
            model = BayesianPersonalizedRanking(
                config.dim,
                config.learning_rate,
                config.l2,
                iterations=config.epochs,
                num_threads=1,
                random_state=derive(task.seed, "bpr"),
            )
            matrix = as_matrix(task.split.train.matrix())
            model.fit(matrix, show_progress=False, callback=lambda *_: bar.advance())
        self._set_factors(model.item_factors, 1.0)
        users = np.flatnonzero(task.split.train.activity())
        directions = self._directions(Recency().bag(task.split.train.histories().take(users)))
        self._length = float((directions * model.user_factors[users, :-1]).sum(axis=1).mean())

    def _set_factors(self, factors: NDArray[np.float32], length: float) -> None:
        """`factors`: float32 N x (dim + 1), the last column being the bias."""
        factors[~self._scored_items()] = 0.0
        self._factors, self._length = factors, length

    def _item_vectors(self) -> Embeddings:
        return Embeddings(np.ascontiguousarray(self._factors[:, :-1]), self._scored_items())

    def _directions(self, bag: sp.csr_array) -> NDArray[np.float32]:
        """Unit vectors B x dim of the weighted mean item factors."""
        sums = bag @ self._factors[:, :-1]
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)).astype(np.float32)

    def _item_factors(self) -> NDArray[np.float32]:
        return self._factors

    def _user_factors(self, histories: Histories) -> NDArray[np.float32]:
        users = self._directions(self.recency.bag(histories)) * np.float32(self._taste * self._length)
        return np.pad(users, ((0, 0), (0, 1)), constant_values=1.0)

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        users = self._directions(bag) * np.float32(self._taste * self._length)
        return (users @ self._factors[:, :-1].T + self._factors[:, -1]).astype(np.float32, copy=False)

    def _learned(self) -> State:
        return State({"length": self._length, "taste": self._taste}, {"factors": self._factors}, vectors=("factors",))

    def _relearn(self, state: State) -> None:
        self._taste = state.meta["taste"]
        self._set_factors(state.arrays["factors"], state.meta["length"])
