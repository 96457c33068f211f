"""Recommenders on factors of items by alternating least squares, users solved for when the items are given."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.progress import step
from genre.recommenders._bag import BagConfig, BagRecommender
from genre.recommenders._implicit import as_matrix, single_blas
from genre.recommenders._recency import N_USERS
from genre.recommenders._validation import validation
from genre.recommenders.base import Task
from genre.values import Insight

if TYPE_CHECKING:
    from implicit.cpu.als import AlternatingLeastSquares

ALPHAS = (4.0, 12.0, 36.0)
"""Tried by `auto`, as long as it helps: dense data want the first, data with few interactions per user the last."""


class FactorConfig(BagConfig):
    """The size of the factors and what holds them back."""

    dim: int = Field(128, ge=1, description="Factors of a user and of an item.")
    alpha: Literal["auto"] | Annotated[float, Field(gt=0)] = Field(
        "auto",
        description="Weight of a touched item, that of an untouched one being 1; auto: chosen on the validation part.",
    )
    l2: float = Field(30.0, gt=0, description="Regularisation of all factors.")
    iterations: int = Field(15, ge=1, description="Rounds over users and items.")


class FactorRecommender(BagRecommender):
    """Chooses alpha on validation users where the recipe leaves that open; subclasses learn and score with it."""

    config: FactorConfig
    alpha: float

    def _fit(self, task: Task) -> None:
        alphas = ALPHAS if self.config.alpha == "auto" else (self.config.alpha,)
        is_open = len(alphas) > 1 and self._learns_factors
        judge = validation(task, n_users=N_USERS) if is_open else None
        if judge is None:
            self.alpha = alphas[0]
            super()._fit(task)
            return
        best, kept = -1.0, State()
        for self.alpha in alphas:
            super()._fit(task)
            quality = judge.measure(self.score)
            if quality <= best:
                break
            best, kept = quality, self.state()
        self.restore(kept)

    def insight(self) -> Insight:
        return super().insight() + Insight({"alpha": f"{self.alpha:g}"} if self._learns_factors else {})

    @property
    def _learns_factors(self) -> bool:
        """False where alpha has no say."""
        return True

    @property
    def _least_squares(self) -> LeastSquares:
        return LeastSquares(self.config.dim, self.alpha, self.config.l2, self.config.iterations)

    def _state(self) -> State:
        state = super()._state()
        return replace(state, meta={**state.meta, "alpha": self.alpha})

    def _restore(self, state: State) -> None:
        self.alpha = state.meta["alpha"]
        super()._restore(state)


@dataclass(frozen=True)
class LeastSquares:
    """The settings of one factorisation: see `IalsConfig`."""

    dim: int
    alpha: float
    l2: float
    iterations: int

    def fit(self, matrix: sp.csr_array, seed: int) -> NDArray[np.float32]:
        """Item factors of a U x N matrix: N x dim."""
        model = self._model(seed)
        with single_blas(), step("alternating least squares", self.iterations) as bar:
            model.fit(as_matrix(matrix), show_progress=False, callback=lambda *_: bar.advance())
        factors: NDArray[np.float32] = model.item_factors
        return factors

    def given(self, factors: NDArray[np.float32]) -> FoldIn:
        """Users for those item factors, N x dim."""
        return FoldIn(self, factors)

    def _model(self, seed: int | None = None) -> AlternatingLeastSquares:
        from implicit.cpu.als import AlternatingLeastSquares

        with single_blas():
            return AlternatingLeastSquares(self.dim, self.l2, self.alpha, iterations=self.iterations, random_state=seed)


@dataclass(frozen=True, eq=False)
class FoldIn:
    """Solves for users, the item factors Y (N x dim) being given.

    x = (Y'Y + l2 I + Y'(C - I)Y)^-1 Y'C p, with confidence C = alpha * weight for touched items and 1 for the others,
    p = 1 for touched items and 0 for the others.
    """

    settings: LeastSquares
    factors: NDArray[np.float32]
    _model: AlternatingLeastSquares = field(init=False)

    def __post_init__(self) -> None:
        model = self.settings._model()
        model.item_factors = self.factors
        object.__setattr__(self, "_model", model)

    def users(self, bag: sp.csr_array) -> NDArray[np.float32]:
        """The user vectors of weighted histories B x N: B x dim."""
        users: NDArray[np.float32] = self._model.recalculate_user(np.arange(bag.shape[0]), as_matrix(bag))
        return users
