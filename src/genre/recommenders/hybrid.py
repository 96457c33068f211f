"""A blend of recommenders; weights are found on validation users, by length of history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genre.alignment.base import Alignment
from genre.core.artifacts import State
from genre.core.component import ComponentConfig
from genre.core.errors import Fault
from genre.core.progress import step
from genre.core.slot import Slot, dump
from genre.encoders.base import Encoder, Feature
from genre.fusion.base import Fusion
from genre.recommenders._blend import Contest, standardised
from genre.recommenders._blend_weights import BlendWeights, find
from genre.recommenders._validation import validation
from genre.recommenders.base import Recommender, RecommenderConfig, Task
from genre.values import Embeddings, Histories, Insight, Split

RECOMMENDERS = Slot("recommenders")
DEFAULT = ("tower", "slim", "ials")
"""Blended when the recipe names none; with features that give vectors, `content` too."""


def _give_vectors(features: Mapping[str, Encoder]) -> bool:
    return any(encoder.gives_vectors for encoder in features.values())


class HybridConfig(RecommenderConfig):
    """What is blended, and how weights are found."""

    models: tuple[Annotated[ComponentConfig, RECOMMENDERS], ...] = Field(
        (),
        description="The recommenders; empty: tower, slim and ials, and content where features give it vectors.",
    )
    weights: tuple[float, ...] | None = Field(
        None, description="One weight per model; None: found on validation users, equal where there are none."
    )
    buckets: tuple[int, ...] = Field(
        (5, 20), description="History lengths at which a bucket with weights of its own ends; empty: one for all."
    )
    n_users: int = Field(2_000, ge=10, description="Validation users on which weights are sought, at most.")

    @model_validator(mode="after")
    def _fits(self) -> HybridConfig:
        if list(self.buckets) != sorted(set(self.buckets)) or any(bound < 1 for bound in self.buckets):
            raise ValueError("buckets: must be rising lengths of at least 1, such as [5, 20].")
        if self.weights is None:
            return self
        if len(self.weights) != len(self.models):
            raise ValueError(f"weights: {len(self.weights)} of them for {len(self.models)} models. Give one per model.")
        if min(self.weights, default=0.0) < 0 or not sum(self.weights):
            raise ValueError("weights: must not be negative, nor all zero.")
        return self


class HybridRecommender(Recommender):
    """The weighted sum of its models' scores, each standardised per user.

    An item that one model cannot score (a new one, say) is average for that model, and ranked by the others.
    """

    config: HybridConfig
    EXAMPLES = (
        {"models": ["popularity", "item_knn"]},
        {"models": ["popularity", "popularity"], "weights": [1.0, 0.0], "buckets": []},
    )

    weights: BlendWeights
    """The weights in use, for reports."""
    models: tuple[Recommender, ...] = ()

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        models = [RECOMMENDERS.build(config) for config in self._configs(has_features)]
        return tuple(fault for model in models for fault in model.obstacles(split, has_features))

    @property
    def trains_encoders(self) -> bool:
        return any(RECOMMENDERS.build(config).trains_encoders for config in self._configs(False))

    def unreadable(self, features: Mapping[str, Encoder]) -> tuple[Fault, ...]:
        models: list[Recommender] = [RECOMMENDERS.build(config) for config in self._configs(_give_vectors(features))]
        return tuple(dict.fromkeys(fault for model in models for fault in model.unreadable(features)))

    def misalignments(
        self, alignments: Sequence[Alignment], features: Mapping[str, Encoder]
    ) -> tuple[Fault, ...] | None:
        models: list[Recommender] = [RECOMMENDERS.build(config) for config in self._configs(bool(features))]
        found = [model.misalignments(alignments, features) for model in models]
        told = [faults for faults in found if faults is not None]
        return tuple(dict.fromkeys(fault for faults in told for fault in faults)) if told else None

    def misfits(self, fusion: Fusion) -> tuple[Fault, ...]:
        models: list[Recommender] = [RECOMMENDERS.build(config) for config in self._configs(True)]
        return tuple(dict.fromkeys(fault for model in models for fault in model.misfits(fusion)))

    def _fit(self, task: Task) -> None:
        configs = self._configs(_give_vectors({one.name: one.encoder for one in task.features}))
        self.models = tuple(_fitted(config, task, place) for place, config in enumerate(configs))
        self.scores_cold_items = any(model.scores_cold_items for model in self.models)
        self.weights = self._weights(task)

    def _configs(self, has_features: bool) -> tuple[ComponentConfig, ...]:
        words = (*DEFAULT, "content") if has_features else DEFAULT
        return self.config.models or tuple(RECOMMENDERS.parse(word) for word in words)

    def _refit(self, task: Task) -> None:
        for place, model in enumerate(self.models):
            with step(f"Fitting {model.config.type_name()} again"):
                model.refit(_own(task, model.config, place))

    def _weights(self, task: Task) -> BlendWeights:
        if self.config.weights is not None:
            return BlendWeights.given(np.asarray(self.config.weights))
        stopping = task.training.early_stopping
        metric = None if stopping is None else stopping.metric
        judge = validation(task, metric or "ndcg@10", self.config.n_users)
        if judge is None or len(self.models) == 1:
            return BlendWeights.given(np.ones(len(self.models)))
        with step("Finding blend weights"):
            contest = Contest.hold(judge, [model.score for model in self.models])
            return find(contest, self.config.buckets, task.seed)

    def exported(self) -> HybridRecommender:
        made = copy(self)
        made.models = tuple(model.exported() for model in self.models)
        made.config = self.config.model_copy(update={"models": tuple(model.config for model in made.models)})
        return made

    def _place(self, rows: NDArray[np.integer], features: tuple[Feature, ...], n_items: int) -> bool:
        self.models = tuple(model.placing(rows, features, n_items) for model in self.models)
        self._grow(n_items)
        return True

    def _scored_items(self) -> NDArray[np.bool_]:
        return np.any([model.scored_items() for model in self.models], axis=0)

    def _item_vectors(self) -> Embeddings | None:
        vectors = (model.item_vectors() for model in self.models)
        return next((found for found in vectors if found is not None), None)

    @property
    def profile_width(self) -> int:
        return sum(model.profile_width for model in self.models)

    def known_profiles(self, user_rows: NDArray[np.integer]) -> NDArray[np.float32] | None:
        found = [model.known_profiles(user_rows) for model in self.models if model.profile_width]
        known = [one for one in found if one is not None]
        return np.hstack(known) if known else None

    def profile_vectors(self, features: tuple[Feature, ...]) -> Embeddings | None:
        """Those of all models that read profiles, side by side."""
        found = [model.profile_vectors(features) for model in self.models if model.profile_width]
        known = [one for one in found if one is not None]
        if not known:
            return None
        return Embeddings(np.hstack([one.vectors for one in known]), np.any([one.present for one in known], axis=0))

    def _asked(self, histories: Histories) -> list[Histories]:
        """The histories as each model takes them."""
        if histories.profiles is None:
            return [histories] * len(self.models)
        ends = np.cumsum([model.profile_width for model in self.models])
        parts = np.split(histories.profiles, ends[:-1], axis=1)
        return [replace(histories, profiles=part if part.shape[1] else None) for part in parts]

    def _is_empty(self, histories: Histories) -> NDArray[np.bool_]:
        pairs = zip(self.models, self._asked(histories), strict=True)
        is_empty: NDArray[np.bool_] = np.all([model._is_empty(asked) for model, asked in pairs], axis=0)
        return is_empty

    def insight(self) -> Insight:
        names = [model.config.type_name() for model in self.models]
        own = Insight({"weights": self.weights.in_words(names)})
        return sum((model.insight().of_part(name) for name, model in zip(names, self.models, strict=True)), own)

    def _score(self, histories: Histories) -> NDArray[np.float32]:
        weights = self.weights.of(histories.lengths).astype(np.float32)
        total = np.zeros((len(histories), histories.n_items), dtype=np.float32)
        for place, (model, asked) in enumerate(zip(self.models, self._asked(histories), strict=True)):
            if weights[:, place].any():
                total += weights[:, place : place + 1] * standardised(model.score(asked), histories)
        return total

    def _state(self) -> State:
        names = [f"{place}-{model.config.type_name()}" for place, model in enumerate(self.models)]
        meta = {"models": [dump(model.config) for model in self.models], "names": names, **self.weights.to_meta()}
        return State(meta, children={name: model.state() for name, model in zip(names, self.models, strict=True)})

    def _restore(self, state: State) -> None:
        self.models = tuple(RECOMMENDERS.build(config) for config in state.meta["models"])
        for name, model in zip(state.meta["names"], self.models, strict=True):
            model.restore(state.children[name])
        self.scores_cold_items = any(model.scores_cold_items for model in self.models)
        self.weights = BlendWeights.from_meta(state.meta)


def _fitted(config: ComponentConfig, task: Task, place: int) -> Recommender:
    model: Recommender = RECOMMENDERS.build(config)
    with step(f"Fitting {config.type_name()}"):
        return model.fit(_own(task, config, place))


def _own(task: Task, config: ComponentConfig, place: int) -> Task:
    """The task with a folder of its own for checkpoints, and a name of its own."""
    part = f"{place}-{config.type_name()}"
    folder = None if task.checkpoints is None else task.checkpoints / part
    return replace(task, split=task.split.without_test(), checkpoints=folder, name=f"{task.name}/{part}")
