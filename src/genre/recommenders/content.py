"""Items whose content speaks for them, also those that nobody touched yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State, under
from genre.core.errors import Fault
from genre.core.seeds import derive
from genre.encoders.base import Encoder, Feature
from genre.recommenders._content_space import FeatureSpace
from genre.recommenders._factors import FactorConfig, FactorRecommender, FoldIn
from genre.recommenders.base import UNPLACED, Task
from genre.values import Embeddings, Histories, Split

DOUBT = 10.0
"""An item with this many interactions has half the say of a popular one when the map is learned."""


class ContentConfig(FactorConfig):
    """What content is compared with; factors are learned as by `ials`."""

    map_to: Literal["factors", "none"] = Field(
        "factors", description="factors: learn which content is liked by whom; none: likeness of content alone."
    )
    map_l2: float = Field(10.0, gt=0, description="Regularisation of the map from content to factors.")
    dim: int = Field(64, ge=1, description="Factors of a user and of an item.")


class ContentRecommender(FactorRecommender):
    """Scores every item by its content, in one of two ways.

    `none`: the cosine of an item's vector with the mean vector of the history, in the space of all features.
    `factors`: a ridge regression from that space, and from which features an item has, to the items' collaborative
    factors; the user is solved for from the factors of the history (mapped ones where an item is new) and meets the
    mapped factors of all items.
    Reference: Gantner et al., Learning attribute-to-feature mappings for cold-start recommendations, ICDM 2010.
    """

    config: ContentConfig
    scores_cold_items = True
    EXAMPLES = ({"dim": 8, "l2": 2.0}, {"map_to": "none", "recency": "none"})

    def obstacles(self, split: Split, has_features: bool) -> tuple[Fault, ...]:
        if has_features:
            return ()
        return (Fault("features", "'content' compares features, and there are none.", "Add a text or category."),)

    def unreadable(self, features: Mapping[str, Encoder]) -> tuple[Fault, ...]:
        if not features or any(encoder.gives_vectors for encoder in features.values()):
            return ()
        words = ", ".join(dict.fromkeys(encoder.config.type_name() for encoder in features.values()))
        what = f"'content' reads vectors as encoders give them, and {words} gives none without training."
        return (Fault("features", what, "Take tower, or an encoder that needs no training, such as tfidf."),)

    def _begin(self, task: Task) -> None:
        super()._begin(task)
        self._space = FeatureSpace.fit(task.features, task.split.train.popularity() > 0, task.seed)
        self._content = self._space.columns(task.features)

    @property
    def _learns_factors(self) -> bool:
        return self.config.map_to == "factors"

    def _learn(self, task: Task) -> None:
        if not self._learns_factors:
            self._set_profiles()
            return
        popularity = task.split.train.popularity()
        known = self._least_squares.fit(task.split.train.matrix(), derive(task.seed, "content"))
        inputs = _inputs(self._content, self._space.flags(task.features))
        self._map = _content_map(inputs, known, popularity, self.config.map_l2)
        mapped = _product(inputs, self._map)
        self._set_factors(np.where(popularity[:, None] > 0, known, mapped), mapped)

    def _place(self, rows: NDArray[np.integer], features: tuple[Feature, ...], n_items: int) -> bool:
        columns, free = self._space.columns(features), np.flatnonzero(rows != UNPLACED)
        rows = rows[free]
        self._grow(n_items)
        self._content = self._content.with_rows(rows, columns.take(free), n_items)
        if self._fold_in is None:
            self._set_profiles()
            return True
        said = _product(_inputs(columns, self._space.flags(features))[free], self._map)
        known, mapped = (_with_rows(old, rows, said, n_items) for old in (self._fold_in.factors, self._targets))
        self._set_factors(known, mapped)
        return True

    def _item_vectors(self) -> Embeddings:
        return self._content

    def _set_profiles(self) -> None:
        self._fold_in: FoldIn | None = None
        self._targets = self._content.normalized()

    def _set_factors(self, known: NDArray[np.float32], mapped: NDArray[np.float32]) -> None:
        self._fold_in, self._targets = self._least_squares.given(known), mapped

    def _item_factors(self) -> NDArray[np.float32]:
        return self._targets

    def _user_factors(self, histories: Histories) -> NDArray[np.float32]:
        return self._users(self.recency.bag(histories))

    def _score_bag(self, bag: sp.csr_array) -> NDArray[np.float32]:
        return (self._users(bag) @ self._targets.T).astype(np.float32, copy=False)

    def _users(self, bag: sp.csr_array) -> NDArray[np.float32]:
        """What the targets are multiplied with: float32 B x dim."""
        if self._fold_in is not None:
            return self._fold_in.users(bag)
        sums = bag @ self._targets
        return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)).astype(np.float32, copy=False)

    def _is_empty(self, histories: Histories) -> NDArray[np.bool_]:
        """Histories of items without a word on their content say nothing."""
        owners = np.repeat(np.arange(len(histories)), histories.lengths)
        known = self._content.present[histories.item_rows]
        if self._fold_in is not None:
            known |= self._fold_in.factors[histories.item_rows].any(axis=1)
        return np.bincount(owners, weights=known, minlength=len(histories)) == 0

    def _learned(self) -> State:
        arrays = {"content": self._content.vectors, "present": self._content.present}
        arrays |= {f"space.{name}": array for name, array in self._space.arrays().items()}
        if self._fold_in is not None:
            arrays |= {"factors": self._fold_in.factors, "mapped": self._targets, "map": self._map}
        return State({"names": list(self._space.names)}, arrays, vectors=("content", "factors", "mapped"))

    def _relearn(self, state: State) -> None:
        arrays = state.arrays
        self._space = FeatureSpace.of_arrays(state.meta["names"], dict(under("space", arrays)))
        self._content = Embeddings(arrays["content"], arrays["present"].astype(np.bool_))
        if self._learns_factors:
            self._map = arrays["map"]
            self._set_factors(arrays["factors"], arrays["mapped"])
        else:
            self._set_profiles()


def _inputs(content: Embeddings, flags: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the map reads of items: content, which features there are, and a one: n x F."""
    return np.hstack([content.vectors, flags, np.ones((len(content), 1))]).astype(np.float64)


def _content_map(
    inputs: NDArray[np.float64], factors: NDArray[np.float32], popularity: NDArray[np.int64], l2: float
) -> NDArray[np.float64]:
    """A ridge regression from what is read of items to their factors: F x dim.

    Each item counts by popularity / (popularity + DOUBT); the intercept is held back like any weight.
    """
    weights = popularity / (popularity + DOUBT)
    square = (inputs * weights[:, None]).T @ inputs + l2 * np.eye(inputs.shape[1])
    return np.linalg.solve(square, (inputs * weights[:, None]).T @ factors).astype(np.float64)


def _product(inputs: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    return (inputs @ weights).astype(np.float32)


def _with_rows(
    table: NDArray[np.float32], rows: NDArray[np.integer], given: NDArray[np.float32], n_rows: int
) -> NDArray[np.float32]:
    placed = np.pad(table, ((0, n_rows - len(table)), (0, 0)))
    placed[rows] = given
    return placed
