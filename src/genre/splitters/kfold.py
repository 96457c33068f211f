"""Cross-validation: every interaction, or every user, is judged in one of k folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.core.seeds import generator
from genre.splitters._parts import (
    HISTORY,
    TEST,
    TRAIN,
    VALID,
    WithHistoryConfig,
    places_from_end,
    random_places,
    require_judged,
    shares,
    split_by,
)
from genre.splitters.base import Splitter
from genre.values import Dataset, Interactions, Split


class KfoldConfig(WithHistoryConfig):
    """Over what, in how many folds."""

    over: Literal["interactions", "users"] = Field(
        "interactions", description="Divide each user's interactions, or hold out whole users as strangers."
    )
    folds: int = Field(5, ge=2, le=100, description="How many splits.")
    valid: float = Field(0.1, gt=0, lt=1, description="Share of each user's interactions, or of users, that steers.")
    judged: float = Field(
        0.2, gt=0, lt=1, description="Over users: share of a held-out user's last interactions that are judged."
    )
    min_interactions: int = Field(
        3, ge=3, description="Users with fewer interactions stay in training and are not judged."
    )


class KfoldSplitter(Splitter):
    """Divides at random, by the seed.

    Over interactions: each interaction of a judged user is test in exactly one fold, and some of those of the next
    fold steer. Over users: each judged user is a stranger in exactly one fold: of nothing they did is learned, their
    last interactions are judged and the ones before are their history (`Split.history`); some users of the next fold
    steer in the same way.
    """

    config: KfoldConfig
    EXAMPLES = ({"folds": 3}, {"over": "users", "folds": 2, "judged": 0.3})

    def split(self, dataset: Dataset, seed: int) -> Iterator[Split]:
        for fold in range(self.config.folds):
            yield require_judged(self._split(dataset, seed, fold))

    def hold_out(self, dataset: Dataset, seed: int) -> Split:
        return self._split(dataset, seed, None)

    def _split(self, dataset: Dataset, seed: int, fold: int | None) -> Split:
        """The split of a fold, or the one without a test part, which takes fold 0 as the one that steers."""
        random = generator(seed, "kfold", self.config.over)
        marked = self._interactions if self.config.over == "interactions" else self._users
        return split_by(
            dataset.interactions,
            marked(dataset.interactions, random, fold),
            self.config.type_name(),
            fold=fold or 0,
            seed=seed,
            has_valid_history=self.config.has_valid_history,
        )

    def _interactions(
        self, interactions: Interactions, random: np.random.Generator, fold: int | None
    ) -> NDArray[np.int8]:
        folds, users, counts = self.config.folds, interactions.user_rows, interactions.activity()
        places = random_places(interactions, random)
        starts = random.integers(folds, size=interactions.n_users)
        fold_of = (places + starts[users]) % folds
        room = counts - 1 - (0 if fold is None else -(-counts // folds))
        n_valid = np.clip(shares(counts, self.config.valid), 0, np.maximum(room, 0))
        marks = np.full(len(interactions), TRAIN, dtype=np.int8)
        marks[(fold_of == self._steering(fold)) & (places // folds < n_valid[users])] = VALID
        if fold is not None:
            marks[fold_of == fold] = TEST
        marks[counts[users] < self.config.min_interactions] = TRAIN
        return marks

    def _users(self, interactions: Interactions, random: np.random.Generator, fold: int | None) -> NDArray[np.int8]:
        users, counts = interactions.user_rows, interactions.activity()
        strangers = random.permutation(np.flatnonzero(counts >= self.config.min_interactions))
        fold_of = np.arange(len(strangers)) % self.config.folds
        part_of = np.full(interactions.n_users, TRAIN, dtype=np.int8)
        n_valid = max(1, int(self.config.valid * len(strangers) + 0.5))
        part_of[strangers[fold_of == self._steering(fold)][:n_valid]] = VALID
        if fold is not None:
            part_of[strangers[fold_of == fold]] = TEST
        n_judged = np.minimum(shares(counts, self.config.judged), counts - 1)
        places = places_from_end(interactions, interactions.time_order())
        is_history = (part_of[users] != TRAIN) & (places >= n_judged[users])
        return np.where(is_history, HISTORY, part_of[users]).astype(np.int8)

    def _steering(self, fold: int | None) -> int:
        return 0 if fold is None else (fold + 1) % self.config.folds
