"""A trained tower without torch: its query network in ONNX, all else in numpy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.nets.onnx_session import session
from genre.recommenders._tower_answers import alike
from genre.values import Embeddings, Histories
from genre.values.rating_scale import RatingScale
from genre.values.windows import left_aligned, left_aligned_ratings


@dataclass(frozen=True, eq=False)
class OnnxScorer:
    """What scoring needs, as `TowerScorer` has it.

    Attributes:
        network: in ONNX, what `Query` is in torch.
        vectors: float32 N x D, as histories are read.
        factors: float32 N x K, what users' factors are multiplied with.
        length: newest items of a history that are read.
        profiles: float32 U x D, or None where users have none.
        scale: where scores are ratings: how those of a history are read.
    """

    network: bytes
    vectors: NDArray[np.float32]
    factors: NDArray[np.float32]
    length: int
    profiles: NDArray[np.float32] | None = None
    scale: RatingScale | None = None
    _session: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self._session is None:
            object.__setattr__(self, "_session", session(self.network, "an exported tower"))

    def __call__(self, histories: Histories) -> NDArray[np.float32]:
        scores = np.empty((len(histories), len(self.factors)), dtype=np.float32)
        for rows in alike(histories):
            scores[rows] = self.user_factors(histories.take(rows)) @ self.factors.T
        return scores if self.scale is None else scores + np.float32(self.scale.mean)

    def rate(self, histories: Histories) -> NDArray[np.float32]:
        """Scores within the range of training ratings."""
        assert self.scale is not None
        return np.clip(self(histories), self.scale.low, self.scale.high)

    def user_factors(self, histories: Histories) -> NDArray[np.float32]:
        """float32 B x K."""
        windows = left_aligned(histories, self.length)
        mask = windows >= 0
        given = {"items": self.vectors[np.maximum(windows, 0)] * mask[..., None], "mask": mask}
        if self.scale is not None:
            ratings = left_aligned_ratings(histories, self.length)
            given["ratings"] = np.full(mask.shape, np.nan, np.float32) if ratings is None else ratings
        if self.profiles is not None:
            given["profiles"] = self._profiles_of(histories, self.profiles)
        (found,) = self._session.run(None, given)
        return found  # type: ignore[no-any-return]

    def item_vectors(self) -> NDArray[np.float32]:
        return self.vectors

    def known_profiles(self) -> NDArray[np.float32]:
        assert self.profiles is not None
        return self.profiles

    def item_factors(self) -> NDArray[np.float32]:
        return self.factors

    def has_profile(self, histories: Histories) -> NDArray[np.bool_]:
        if self.profiles is None:
            return np.zeros(len(histories), np.bool_)
        return np.any(self._profiles_of(histories, self.profiles), axis=1)  # type: ignore[return-value]

    def placing(
        self, rows: NDArray[np.integer], vectors: Embeddings, factors: Embeddings | None, n_items: int
    ) -> OnnxScorer:
        placed = _with_rows(self.vectors, rows, vectors, n_items)
        assert factors is not None
        return replace(self, vectors=placed, factors=_with_rows(self.factors, rows, factors, n_items))

    def _profiles_of(self, histories: Histories, known: NDArray[np.float32]) -> NDArray[np.float32]:
        """B x D, zero where nothing is known."""
        if histories.profiles is not None:
            return histories.profiles
        if histories.user_rows is None:
            return np.zeros((len(histories), known.shape[1]), np.float32)
        rows = histories.user_rows
        return known[np.maximum(rows, 0)] * (rows >= 0)[:, None]


def _with_rows(
    table: NDArray[np.float32], rows: NDArray[np.integer], given: Embeddings, n_rows: int
) -> NDArray[np.float32]:
    placed = np.pad(table, ((0, n_rows - len(table)), (0, 0)))
    placed[rows] = given.vectors
    return placed
