"""What a fitted tower answers, however its network is run: with torch, or as exported."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import State
from genre.core.errors import DataError, Fault
from genre.encoders.base import Feature
from genre.recommenders._tower_content import Content
from genre.recommenders._tower_profiles import Profiles
from genre.recommenders.base import UNPLACED, Recommender
from genre.values import Curve, Embeddings, Histories, Insight, InsightTable

BATCH = 256
"""Histories scored at a time."""


class Scorer(Protocol):
    """Item vectors and a way to read histories."""

    def __call__(self, histories: Histories) -> NDArray[np.float32]:
        """float32 [B, N]."""

    def rate(self, histories: Histories) -> NDArray[np.float32]:
        """Scores within the range of training ratings: float32 [B, N]; only where scores are ratings."""

    def item_vectors(self) -> NDArray[np.float32]:
        """float32 [N, D]."""

    def known_profiles(self) -> NDArray[np.float32]:
        """float32 [U, D]; only where users have profiles."""

    def item_factors(self) -> NDArray[np.float32] | None:
        """What those of users are multiplied with: float32 [N, K]; None: matching multiplies none."""

    def user_factors(self, histories: Histories) -> Any:
        """Their side of it: an array or a tensor B x K."""

    def has_profile(self, histories: Histories) -> NDArray[np.bool_]:
        """Of whom a profile says something: bool [B]."""

    def placing(self, rows: NDArray[np.integer], vectors: Embeddings, factors: Embeddings | None, n_items: int) -> Self:
        """The same for `n_items` items, those at `rows` with these vectors, and factors where there are any."""


class TowerAnswers(Recommender):
    """Scores histories by a scorer; places new items by their content."""

    curve: Curve
    """How training went when validation steered it."""
    tables: tuple[InsightTable, ...]
    """What alignments did and how much each modality weighs."""
    _scorer: Any
    _known: NDArray[np.bool_]
    _content: Content | None
    _profiles: Profiles | None

    @property
    @abstractmethod
    def reads_history(self) -> bool:
        """False where users are known by their profile alone."""

    def insight(self) -> Insight:
        chosen = {"epochs": str(self.curve.best_epoch)} if self.curve.metric else {}
        return Insight(chosen, {"": self.curve}, self.tables)

    def content_vectors(self, features: tuple[Feature, ...]) -> Embeddings:
        """Vectors of items that did not exist when the tower was trained (n rows per feature): n x D.

        They stand in one space with `item_vectors`.

        Raises:
            DataError: the tower was trained without features, or with others.
        """
        content = self._content_of(features)
        return content.vectors(content.columns(features))

    def content_factors(self, features: tuple[Feature, ...]) -> Embeddings | None:
        """What decides the scores of such items where matching multiplies factors, else None: n x K.

        Raises:
            DataError: as `content_vectors`.
        """
        content = self._content_of(features)
        return content.factors(content.columns(features))

    @property
    def profile_width(self) -> int:
        return 0 if self._profiles is None else self._profiles.width

    def known_profiles(self, user_rows: NDArray[np.integer]) -> NDArray[np.float32] | None:
        return None if self._profiles is None else self._scorer.known_profiles()[user_rows]

    def profile_vectors(self, features: tuple[Feature, ...]) -> Embeddings:
        names = () if self._profiles is None else self._profiles.names
        if self._profiles is None or names != tuple(feature.name for feature in features):
            raise DataError(Fault("users", f"the tower was trained with {list(names)}.", "Give those, in order."))
        return self._profiles.vectors(features)

    def _content_of(self, features: tuple[Feature, ...]) -> Content:
        names = () if self._content is None else self._content.names
        if self._content is None or names != tuple(feature.name for feature in features):
            raise DataError(Fault("features", f"the tower was trained with {list(names)}.", "Give those, in order."))
        return self._content

    def _place(self, rows: NDArray[np.integer], features: tuple[Feature, ...], n_items: int) -> bool:
        if self._content is None:
            return False
        content = self._content_of(features)
        columns, free = content.columns(features), np.flatnonzero(rows != UNPLACED)
        columns, rows = columns.take(free), rows[free]
        self._grow(n_items)
        self._scorer = self._scorer.placing(rows, content.vectors(columns), content.factors(columns), n_items)
        self._known = np.pad(self._known, (0, n_items - len(self._known)))
        self._known[rows] = columns.present
        return True

    def _scored_items(self) -> NDArray[np.bool_]:
        return self._known

    def _item_vectors(self) -> Embeddings:
        return Embeddings(self._scorer.item_vectors(), self._known)

    def _item_factors(self) -> NDArray[np.float32] | None:
        """Ratings are products and a mean beside: they are not searched."""
        return None if self.predicts_ratings else self._scorer.item_factors()

    def _user_factors(self, histories: Histories) -> NDArray[np.float32]:
        batches = alike(histories)
        found = np.concatenate([np.asarray(self._scorer.user_factors(histories.take(rows))) for rows in batches])
        return found[np.argsort(np.concatenate(batches))].astype(np.float32, copy=False)

    def _is_empty(self, histories: Histories) -> NDArray[np.bool_]:
        counted = np.concatenate([[0], np.cumsum(self._known[histories.item_rows])])
        is_empty = counted[histories.offsets[1:]] == counted[histories.offsets[:-1]]
        is_empty |= not self.reads_history
        return is_empty & ~self._scorer.has_profile(histories)  # type: ignore[no-any-return]

    def _score(self, histories: Histories) -> NDArray[np.float32]:
        return self._scorer(histories)  # type: ignore[no-any-return]

    def _rate(self, histories: Histories) -> NDArray[np.float32]:
        return self._scorer.rate(histories) if self.predicts_ratings else super()._rate(histories)

    def _shared_state(self, scorer: dict[str, NDArray[Any]]) -> State:
        """All but the network: arrays of the scorer, which items are known, training, and what places items."""
        kept = {"content": self._content, "profiles": self._profiles}
        children = {name: part.state() for name, part in kept.items() if part is not None}
        meta = {"curve": self.curve.to_dict(), "tables": [table.to_dict() for table in self.tables]}
        return State(meta, {**scorer, "known": self._known}, children, vectors=("vectors", "factors", "profiles"))

    def _restore_shared(self, state: State) -> None:
        content, profiles = state.children.get("content"), state.children.get("profiles")
        self.curve = Curve.of(state.meta["curve"])
        self.tables = tuple(InsightTable.of(table) for table in state.meta["tables"])
        self._content = None if content is None else Content.from_state(content)
        self._profiles = None if profiles is None else Profiles.from_state(profiles)
        self._known = state.arrays["known"].astype(np.bool_)
        self.scores_cold_items = self._content is not None


def alike(histories: Histories) -> list[NDArray[np.int64]]:
    """Rows to be read together: histories of like lengths."""
    order = np.argsort(histories.lengths, kind="stable")
    return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
