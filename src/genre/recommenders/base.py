"""The contract of recommenders: they learn from a split and score histories, also those of strangers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from genre.alignment.base import Alignment
from genre.core.artifacts import State
from genre.core.component import Component, ComponentConfig
from genre.core.errors import DataError, Fault, NotFittedError
from genre.encoders.base import Encoder, Feature
from genre.fusion.base import Fusion
from genre.training.settings import TrainingConfig
from genre.values import Catalog, Embeddings, Histories, Insight, Split

MISSING = np.float32(-np.inf)
UNPLACED = -1
"""The row of an item that keeps its place."""


class RecommenderConfig(ComponentConfig):
    """Base of recommender configs."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a recommender learns from. The split comes without its test part.

    Attributes:
        features: encoded item features, rows in vocabulary order.
        user_features: encoded user features.
        alignment: how trained recommenders bring features into one space.
        fusion: how trained recommenders make one item vector of the features; None: the sum.
        checkpoints: where training may keep what it needs to resume, None: nowhere.
        hides_seen: whether lists leave out what a user touched before.
        name: what trackers call the training, its parts divided by slashes.
    """

    split: Split
    catalog: Catalog
    features: tuple[Feature, ...] = ()
    user_features: tuple[Feature, ...] = ()
    alignment: tuple[Alignment, ...] = ()
    fusion: Fusion | None = None
    training: TrainingConfig = field(default_factory=TrainingConfig)
    seed: int = 42
    checkpoints: Path | None = None
    hides_seen: bool = True
    name: str = "run"

    def __post_init__(self) -> None:
        if len(self.split.test):
            raise ValueError("a recommender never receives the test part: use split.without_test()")


class Recommender(Component, ABC):
    """Scores every item of the catalogue for any history.

    Subclasses write `_fit` and `_score`; this class adds what all of them owe: an error before `fit`, popularity for
    empty histories, and -inf for items that the recommender knows nothing about. Those that can place items which did
    not exist at `fit` write `_place`; to the others such items say nothing.
    """

    config: RecommenderConfig
    scores_cold_items: bool = False
    """Whether items without a training interaction get a meaningful score."""

    _popularity: NDArray[np.float32] | None = None
    _warm: NDArray[np.bool_] | None = None
    _n_beyond: int = 0
    """Items after those that `_score` knows."""

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        """What would keep this recommender from learning from `split.train`: features or times that are not there,
        more items than it takes. Quick, so that `genre check` can ask before anything is trained.
        """
        return ()

    @property
    def predicts_ratings(self) -> bool:
        """Whether `rate` says what users would rate; known before `fit`."""
        return False

    @property
    def trains_encoders(self) -> bool:
        """Whether encoders that learn, learn with it."""
        return False

    def unreadable(self, features: Mapping[str, Encoder]) -> tuple[Fault, ...]:
        """What keeps it from reading the recipe's features, however they are filled.

        Args:
            features: encoders by the name of their feature, in order; not fitted.
        """
        return ()

    def misalignments(
        self, alignments: Sequence[Alignment], features: Mapping[str, Encoder]
    ) -> tuple[Fault, ...] | None:
        """What keeps these alignments from bringing the recipe's features together; None: they are ignored here.

        Args:
            features: encoders by the name of their feature, in order; not fitted.
        """
        return None

    def misfits(self, fusion: Fusion) -> tuple[Fault, ...]:
        """What keeps it from fusing modalities so; nothing where it fuses none."""
        return ()

    def fit(self, task: Task) -> Self:
        """Learn from `task.split.train` (and steer by `task.split.valid`).

        Raises:
            DataError: the data lacks what this recommender needs (features, timestamps, validation users).
        """
        self._begin(task)
        self._fit(task)
        return self

    def refit(self, task: Task) -> Self:
        """Learn once more, from more interactions, keeping what validation chose at `fit` (recency, epochs, weights).

        Raises:
            NotFittedError: before `fit`.
            DataError: as `fit`.
        """
        if self._popularity is None:
            raise NotFittedError(f"{type(self).__name__} is refitted only after fit")
        self._begin(task)
        self._refit(task)
        return self

    def placing(self, rows: NDArray[np.integer], features: tuple[Feature, ...], n_items: int) -> Self:
        """The same with items placed by their content: new ones, and others without a training interaction.

        Items of the training part keep what was learned of them. This recommender stays as it is.

        Args:
            rows: where the items stand among all, int64 [n]; new ones come after those that are known, none left out.
            features: as at `fit`, n rows each.
            n_items: of all items, old and new.

        Raises:
            NotFittedError: before `fit`.
            DataError: these are not the features that it was fitted with.
        """
        if self._popularity is None or self._warm is None:
            raise NotFittedError(f"{type(self).__name__} places items only after fit")
        placed, n_known = copy(self), len(self._popularity)
        is_free = (rows >= n_known) | ~self._warm[np.minimum(rows, n_known - 1)]
        if not placed._place(np.where(is_free, rows, UNPLACED), features, n_items):
            placed._n_beyond = n_items - n_known
        return placed

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Scores of all items for each history: float32 [B, N], higher is better, -inf where nothing is known.

        Histories hold rows of known items only; an empty one gets log-popularity.
        """
        if self._popularity is None:
            raise NotFittedError(f"{type(self).__name__} scores only after fit")
        if not self._n_beyond:
            return self._score_known(histories)
        scores = self._score_known(histories.within(len(self._popularity)))
        return np.pad(scores, ((0, 0), (0, self._n_beyond)), constant_values=MISSING)

    def _score_known(self, histories: Histories) -> NDArray[np.float32]:
        assert self._popularity is not None
        empty = self._is_empty(histories)
        if empty.all():
            scores = np.tile(self._popularity, (len(histories), 1))
        elif not empty.any():
            scores = self._score(histories)
        else:
            scores = np.empty((len(histories), len(self._popularity)), dtype=np.float32)
            scores[empty] = self._popularity
            scores[~empty] = self._score(histories.take(np.flatnonzero(~empty)))
        scored = self._scored_items()
        if not scored.all():
            np.copyto(scores, MISSING, where=~scored)
        return scores

    def rate(self, histories: Histories) -> NDArray[np.float32]:
        """The rating that each user would give to each item, only where `predicts_ratings`: float32 [B, N].

        All are finite and within the range of training ratings, also those of empty histories and unknown items.
        """
        if self._popularity is None:
            raise NotFittedError(f"{type(self).__name__} rates only after fit")
        return self._rate(histories)

    def scored_items(self) -> NDArray[np.bool_]:
        """Which items get a score: bool [N]; those of the training part, or all for `scores_cold_items`."""
        if self._warm is None:
            raise NotFittedError(f"{type(self).__name__} knows its items only after fit")
        return np.pad(self._scored_items(), (0, self._n_beyond))

    def item_vectors(self) -> Embeddings | None:
        """Item vectors whose cosine says how alike two items are, or None where there are none."""
        vectors = self._item_vectors()
        return None if vectors is None else vectors.padded(len(vectors) + self._n_beyond)

    def factors(self) -> Embeddings | None:
        """Where scores are inner products of `user_factors` with vectors of the items, those vectors: N x K, present
        for scored items; None: scores are made otherwise.

        Raises:
            NotFittedError: before `fit`.
        """
        if self._popularity is None:
            raise NotFittedError(f"{type(self).__name__} has factors only after fit")
        found = self._item_factors()
        return None if found is None else Embeddings(found, self._scored_items()).padded(len(found) + self._n_beyond)

    def user_factors(self, histories: Histories) -> Embeddings:
        """What `factors` are multiplied with: B x K; histories that say nothing have none, and get log-popularity."""
        if self._popularity is None:
            raise NotFittedError(f"{type(self).__name__} has factors only after fit")
        known = histories.within(len(self._popularity)) if self._n_beyond else histories
        empty = self._is_empty(known)
        if not empty.any():
            return Embeddings(self._user_factors(known), ~empty)
        told = np.flatnonzero(~empty)
        some = self._user_factors(known.take(told)) if len(told) else np.empty((0, 0), np.float32)
        vectors = np.zeros((len(histories), some.shape[1]), dtype=np.float32)
        vectors[told] = some
        return Embeddings(vectors, ~empty)

    def profile_vectors(self, features: tuple[Feature, ...]) -> Embeddings | None:
        """Vectors of users that training did not see, from their profile features (n rows each), for
        `Histories.profiles`: n x D; None: profiles are not read.

        Raises:
            DataError: these are not the features that it was trained with.
        """
        return None

    def known_profiles(self, user_rows: NDArray[np.integer]) -> NDArray[np.float32] | None:
        """What it learned of users of the training part, as `profile_vectors` counts it: n x D; None: profiles are not
        read."""
        return None

    @property
    def profile_width(self) -> int:
        """Width of `profile_vectors`; 0: profiles are not read."""
        return 0

    def insight(self) -> Insight:
        """What it found out while it learned: choices made on validation users, training curves."""
        return Insight()

    def exported(self) -> Recommender:
        """The same, fitted, so that it answers without torch; itself where it does so already.

        Raises:
            NotFittedError: before `fit`.
            ExportError: it cannot answer without torch.
        """
        return self

    def state(self) -> State:
        if self._popularity is None or self._warm is None:
            raise NotFittedError(f"{type(self).__name__} has a state only after fit")
        inner = self._state()
        shared = {"popularity": self._popularity, "warm": self._warm, "beyond": np.array([self._n_beyond])}
        return replace(inner, arrays={**inner.arrays, **shared})

    def restore(self, state: State) -> None:
        self._popularity, self._warm = state.arrays["popularity"], state.arrays["warm"].astype(np.bool_)
        self._n_beyond = int(state.arrays["beyond"][0])
        self._restore(state)

    def _begin(self, task: Task) -> None:
        faults = self.obstacles(task.split, bool(task.features))
        if faults:
            raise DataError(faults)
        counts = task.split.train.popularity()
        self._popularity = np.log1p(counts).astype(np.float32)
        self._warm, self._n_beyond = counts > 0, 0

    def _place(self, rows: NDArray[np.integer], features: tuple[Feature, ...], n_items: int) -> bool:
        """Take in items at their rows, `UNPLACED` left out; False where they say nothing to this recommender."""
        return False

    def _grow(self, n_items: int) -> None:
        """Make room for new items, nobody having touched them."""
        assert self._popularity is not None and self._warm is not None
        n_new = n_items - len(self._popularity)
        self._popularity, self._warm = np.pad(self._popularity, (0, n_new)), np.pad(self._warm, (0, n_new))

    def _scored_items(self) -> NDArray[np.bool_]:
        assert self._warm is not None
        return np.ones_like(self._warm) if self.scores_cold_items else self._warm

    def _item_vectors(self) -> Embeddings | None:
        return None

    def _item_factors(self) -> NDArray[np.float32] | None:
        """As `factors`, of the items that `_score` knows: float32 [N, K]; those that have any write `_user_factors`."""
        return None

    def _user_factors(self, histories: Histories) -> NDArray[np.float32]:
        """float32 [B, K], for histories that say something."""
        raise NotImplementedError(f"{type(self).__name__} has no factors")

    def _is_empty(self, histories: Histories) -> NDArray[np.bool_]:
        """Which histories (bool [B]) say nothing to this recommender."""
        return histories.lengths == 0

    @abstractmethod
    def _fit(self, task: Task) -> None: ...

    def _refit(self, task: Task) -> None:
        """As `_fit`, without choosing again what validation chose; recommenders that choose something override it."""
        self._fit(task)

    @abstractmethod
    def _score(self, histories: Histories) -> NDArray[np.float32]:
        """float32 [B, N], for histories of at least one item; the array is the caller's to change."""

    def _rate(self, histories: Histories) -> NDArray[np.float32]:
        """As `rate`, after `fit`."""
        raise NotImplementedError(f"{type(self).__name__} predicts no ratings")

    @abstractmethod
    def _state(self) -> State: ...

    @abstractmethod
    def _restore(self, state: State) -> None: ...
