"""A trained tower that answers without torch; `genre export` makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from genre.core.artifacts import State
from genre.core.errors import Fault
from genre.recommenders._tower_answers import TowerAnswers
from genre.recommenders._tower_onnx import OnnxScorer
from genre.recommenders.base import RecommenderConfig, Task
from genre.values import Split
from genre.values.rating_scale import RatingScale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NETWORK = "query.onnx"


class ExportedTowerConfig(RecommenderConfig):
    """Nothing to choose: all was chosen when the tower was trained."""


class ExportedTowerRecommender(TowerAnswers):
    """The query network of a `tower` in ONNX, its item vectors and what places new items; learns nothing itself."""

    config: ExportedTowerConfig
    is_exported = True

    _scorer: OnnxScorer
    _reads_history: bool = True

    @classmethod
    def of(cls, tower: TowerAnswers, scorer: OnnxScorer) -> Self:
        """A fitted tower that answers by `scorer` from now on."""
        made = cls(ExportedTowerConfig())
        for name in ("_popularity", "_warm", "_n_beyond", "_known", "_content", "_profiles", "curve", "tables"):
            setattr(made, name, getattr(tower, name))
        made._scorer, made._reads_history = scorer, tower.reads_history
        made.scores_cold_items = tower.scores_cold_items
        return made

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        what = "'exported_tower' learns nothing: genre export makes it of a fitted tower."
        return (Fault("recommender", what, "Write tower."),)

    @property
    def predicts_ratings(self) -> bool:
        return self._popularity is not None and self._scorer.scale is not None

    @property
    def reads_history(self) -> bool:
        return self._reads_history

    def _fit(self, task: Task) -> None:
        raise AssertionError("its obstacles keep it from being fitted")

    def _state(self) -> State:
        scorer = self._scorer
        arrays: dict[str, NDArray[np.float32]] = {"vectors": scorer.vectors, "factors": scorer.factors}
        if scorer.profiles is not None:
            arrays["profiles"] = scorer.profiles
        shared = self._shared_state(arrays)
        scale = None if scorer.scale is None else scorer.scale.to_list()
        meta = {**shared.meta, "length": scorer.length, "reads_history": self._reads_history, "ratings": scale}
        return State(meta, shared.arrays, shared.children, {NETWORK: scorer.network}, shared.vectors)

    def _restore(self, state: State) -> None:
        self._restore_shared(state)
        arrays, meta = state.arrays, state.meta
        scale = None if meta["ratings"] is None else RatingScale(*meta["ratings"])
        self._reads_history = bool(meta["reads_history"])
        self._scorer = OnnxScorer(
            network=state.files[NETWORK],
            vectors=arrays["vectors"],
            factors=arrays["factors"],
            length=int(meta["length"]),
            profiles=arrays.get("profiles"),
            scale=scale,
        )
