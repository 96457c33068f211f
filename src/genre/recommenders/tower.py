"""Item tower and user tower trained together: content and ids fused, SASRec and two-tower kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from genre.alignment.base import Alignment
from genre.core.artifacts import State
from genre.core.component import ComponentConfig
from genre.core.errors import DataError, Fault, NotFittedError, RecipeError
from genre.core.slot import Slot, dump
from genre.encoders.base import Encoder
from genre.fusion.base import Fusion
from genre.nets.ratings import RatedItems
from genre.nets.trained import load_module, module_arrays
from genre.recommenders._tower_answers import TowerAnswers
from genre.recommenders._tower_build import TowerPlan, batches, build, identity
from genre.recommenders._tower_finish import Finisher
from genre.recommenders._tower_insight import Observer
from genre.recommenders._tower_judge import TowerJudge, tower_judge
from genre.recommenders._tower_modalities import Modalities, misplaced
from genre.recommenders._tower_profiles import Profiles
from genre.recommenders._tower_scorer import TowerScorer
from genre.recommenders.base import RecommenderConfig, Task
from genre.training.hardware import Hardware
from genre.training.loop import Lesson, train
from genre.training.trackers.base import flat
from genre.values import Curve, Split
from genre.values.rating_scale import RatingScale

if TYPE_CHECKING:
    from genre.recommenders.exported_tower import ExportedTowerRecommender

NOBODY = Fault(
    "recommender.user",
    "reads no history, and the recipe has no features of users: nothing tells users apart.",
    "Add `users: [{name: user, encoder: identity}]`, or take another user tower.",
)

NOTHING_FOLLOWS = Fault(
    "data",
    "no user has two training interactions: nothing tells what follows what.",
    "Add features of users under `users:`, from which single interactions teach; or take content or item_knn.",
)


PARTS = ("vectors", "profiles", "factors")


class TowerConfig(RecommenderConfig):
    """The parts of the model and the sizes they share."""

    user: Annotated[ComponentConfig, Slot("user_towers")] = Field(
        "self_attention",
        description="How a history is read.",  # type: ignore[assignment]
    )
    matching: Annotated[ComponentConfig, Slot("matching")] = Field("cosine", description="How users and items compare.")  # type: ignore[assignment]
    loss: Annotated[ComponentConfig, Slot("losses")] = Field("softmax", description="What training lowers.")  # type: ignore[assignment]
    dim: int = Field(64, ge=2, le=4096, description="Width of user and item vectors.")
    length: int = Field(100, ge=1, le=10_000, description="Newest items of a history that are read.")
    whiten_dim: int = Field(64, ge=1, le=4096, description="Principal axes kept of each feature.")
    norm: float | None = Field(2.0, gt=0, description="Length given to every item vector; None: as they come.")
    ids: Literal["spectral", "random", "none"] = Field(
        "spectral",
        description="Id part of training items: starts from the spectrum of the training matrix, from noise; or none.",
    )
    modality_dropout: float = Field(
        0.0, ge=0, lt=1, description="Chance that training hides one modality of an item, so that the others can do."
    )


class TowerRecommender(TowerAnswers):
    """Item vectors (whitened frozen features and an id part, fused) matched with a vector read from the history.

    Trained to predict each next item from those before it, or its rating where the loss is one of ratings: scores are
    ratings then, and those of the history are read. Items without training interactions get the vector that
    their content predicts; without features they get none, and the tower is a sequence model on ids.
    Reference: SASRec, arXiv 1808.09781; ids beside frozen text, arXiv 2504.19218.
    """

    config: TowerConfig
    EXAMPLES = (
        {"dim": 8, "length": 10},
        {"dim": 8, "user": "mean", "matching": "cosine", "loss": {"type": "softmax", "n_negatives": 16}},
        {"dim": 8, "user": "gru", "loss": "bpr", "ids": "random"},
        {"dim": 8, "user": "mean", "matching": {"type": "dot", "bias": "both"}, "loss": "mse"},
    )

    _scorer: TowerScorer

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        faults = []
        if not has_features and self.config.ids == "none":
            what = "is none and there are no features: nothing tells items apart."
            faults.append(Fault("recommender.ids", what, "Add a feature or set ids to spectral."))
        ratings = split.train.ratings
        if self._plan.lowers().predicts_ratings and (ratings is None or not np.isfinite(ratings).any()):
            what = f"'{self.config.loss.type_name()}' learns from ratings, and the interactions have none."
            faults.append(Fault("recommender.loss", what, "Name the column of ratings, or take softmax."))
        return (*faults, *self._unbuildable(lambda: (self._plan.users(), self._plan.match())))

    def misfits(self, fusion: Fusion) -> tuple[Fault, ...]:
        return self._unbuildable(lambda: fusion.network(2, self.config.dim))

    @staticmethod
    def _unbuildable(build_parts: Callable[[], object]) -> tuple[Fault, ...]:
        """What the recipe asks of a part that cannot be, such as heads that do not divide its width."""
        with torch.random.fork_rng():
            try:
                build_parts()
            except RecipeError as error:
                return error.faults
        return ()

    @property
    def predicts_ratings(self) -> bool:
        return self._plan.lowers().predicts_ratings

    @property
    def trains_encoders(self) -> bool:
        return True

    def misalignments(self, alignments: Sequence[Alignment], features: Mapping[str, Encoder]) -> tuple[Fault, ...]:
        trained = frozenset(name for name, encoder in features.items() if encoder.is_trained)
        return tuple(misplaced(alignments, Modalities(tuple(features), self.config.ids != "none", trained)))

    def _fit(self, task: Task) -> None:
        self.curve = self._train(task, None)

    def _refit(self, task: Task) -> None:
        self._train(task, max(self.curve.best_epoch, 1))

    def _train(self, task: Task, n_epochs: int | None) -> Curve:
        """Train and get ready to score; with `n_epochs`, stop there instead of judging when to."""
        if not self._plan.reads_history and not task.user_features:
            raise DataError(NOBODY)
        hardware = Hardware.choose(task.training)
        tower = build(self._plan, task, hardware.products)
        observer, finish = Observer.begin(tower, task.seed), Finisher.of(tower, task.split.valid)
        lesson = self._lesson(task, finish, n_epochs)
        curve = train(lesson, task.training, hardware, task.seed, task.checkpoints)
        tower.network.cpu().eval()
        self._scorer, self._content = finish()
        self._profiles = Profiles.of(tower)
        self.tables = observer.tables(self._content)
        tower.network.requires_grad_(False)
        self._known = tower.known()
        self.scores_cold_items = self._content is not None
        return curve

    def _lesson(self, task: Task, finish: Finisher, n_epochs: int | None) -> Lesson:
        tower, parts = finish.tower, batches(self._plan, task)
        if not parts.teaches.any():
            raise DataError(NOTHING_FOLLOWS)
        lesson = Lesson(
            network=tower.network,
            batches=parts,
            n_batches=parts.n_batches(),
            judge=None,
            identity=identity(self.config, task, tower),
            n_epochs=n_epochs,
            name=task.name,
            settings={"seed": task.seed, **flat(dump(self.config), "recommender")},
        )
        return self._steered(lesson, task, finish) if n_epochs is None else lesson

    @property
    def _plan(self) -> TowerPlan:
        config = self.config
        return TowerPlan(
            user=config.user,
            matching=config.matching,
            loss=config.loss,
            dim=config.dim,
            length=config.length,
            whiten_dim=config.whiten_dim,
            norm=config.norm,
            id_start=None if config.ids == "none" else config.ids,
            dropout=config.modality_dropout,
        )

    def _steered(self, lesson: Lesson, task: Task, finish: Finisher) -> Lesson:
        judge = tower_judge(task, finish.tower.network.loss.predicts_ratings)
        if judge is None:
            return lesson
        measure = partial(_measured, judge, finish)
        return replace(lesson, judge=measure, metric=judge.name, lower_is_better=judge.lower_is_better)

    def exported(self) -> ExportedTowerRecommender:
        if self._popularity is None:
            raise NotFittedError("tower is exported only after fit")
        from genre.recommenders._tower_export import onnx_scorer
        from genre.recommenders.exported_tower import ExportedTowerRecommender

        return ExportedTowerRecommender.of(self, onnx_scorer(self._scorer))

    @property
    def reads_history(self) -> bool:
        return self._plan.reads_history

    def _state(self) -> State:
        scorer, parts = self._scorer, {"factors": self._scorer.factors, "profiles": self._scorer.profiles}
        arrays: dict[str, NDArray[Any]] = {"vectors": scorer.item_vectors()}
        arrays |= {name: tensor.numpy() for name, tensor in parts.items() if tensor is not None}
        arrays |= module_arrays(scorer.users, "user") | module_arrays(scorer.matching, "matching")
        meta = {}
        if scorer.rated is not None:
            meta["ratings"] = scorer.rated.scale.to_list()
            arrays |= module_arrays(scorer.rated, "rated")
        shared = self._shared_state(arrays)
        return replace(shared, meta={**shared.meta, **meta})

    def _restore(self, state: State) -> None:
        self._restore_shared(state)
        users = load_module(self._plan.users(), "user", state.arrays)
        matching = load_module(self._plan.match(), "matching", state.arrays)
        rated = None
        if "ratings" in state.meta:
            rated = RatedItems(self.config.dim, RatingScale(*state.meta["ratings"]))
            load_module(rated, "rated", state.arrays)
        found = {name: torch.from_numpy(state.arrays[name]) for name in PARTS if name in state.arrays}
        vectors, profiles, factors = (found.get(name) for name in PARTS)
        assert vectors is not None
        self._scorer = TowerScorer(users, matching, vectors, self.config.length, profiles, rated, factors)


def _measured(judge: TowerJudge, finish: Finisher) -> float:
    return judge(finish.judged())
