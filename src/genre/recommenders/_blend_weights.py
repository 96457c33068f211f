"""Blend weights: a small search on validation users, averaged over halves of them, one set per history length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.seeds import generator
from genre.recommenders._blend import Contest

GRID = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Weights tried, relative to the largest."""
ROUNDS, HALVINGS, LEAST_GAIN = 3, 2, 1e-5
LEAST_USERS = 100
"""Validation users below which a bucket takes the weights of all."""
PRIOR_USERS = 300
"""How many users' worth the weights of all are for a bucket."""


@dataclass(frozen=True, eq=False)
class BlendWeights:
    """Weights of M recommenders for histories of each length.

    Attributes:
        bounds: history lengths (inclusive) at which a bucket ends; longer ones are in the last bucket.
        weights: float64 [buckets, M], rows sum to 1.
    """

    bounds: tuple[int, ...]
    weights: NDArray[np.float64]

    def of(self, lengths: NDArray[np.integer]) -> NDArray[np.float64]:
        """Weights for histories of these lengths [B]: float64 [B, M]."""
        return self.weights[np.searchsorted(self.bounds, lengths, side="left")]

    def in_words(self, names: Sequence[str]) -> str:
        """`tower .52, ease .48`, for each bucket of history lengths where there are several."""
        rows = [
            ", ".join(f"{name} {value:.2f}" for name, value in zip(names, row, strict=True)) for row in self.weights
        ]
        if len(rows) == 1 or all(row == rows[0] for row in rows):
            return rows[0]
        bounds = [f"up to {bound} items" for bound in self.bounds] + ["longer"]
        return "; ".join(f"{bound}: {row}" for bound, row in zip(bounds, rows, strict=True))

    def to_meta(self) -> dict[str, Any]:
        """For a component's state."""
        return {"bounds": list(self.bounds), "weights": self.weights.tolist()}

    @staticmethod
    def from_meta(meta: dict[str, Any]) -> BlendWeights:
        """The inverse of `to_meta`."""
        return BlendWeights(tuple(meta["bounds"]), np.asarray(meta["weights"], dtype=np.float64))

    @staticmethod
    def given(weights: NDArray[np.float64]) -> BlendWeights:
        """The same weights [M] for every history."""
        return BlendWeights((), (weights / weights.sum())[None, :])


def find(contest: Contest, bounds: tuple[int, ...], seed: int) -> BlendWeights:
    """The weights that rank best for the contest's users.

    Each bucket of history lengths with enough users is searched on its own and drawn towards the weights of all users
    by what `PRIOR_USERS` users are worth.
    """
    overall = averaged(contest, seed)
    buckets = np.searchsorted(bounds, contest.judge.histories.lengths, side="left")
    rows = []
    for bucket in range(len(bounds) + 1):
        users = np.flatnonzero(buckets == bucket)
        if len(users) < LEAST_USERS or len(users) == len(contest):
            rows.append(overall)
            continue
        own = averaged(contest.take(users), seed)
        rows.append((len(users) * own + PRIOR_USERS * overall) / (len(users) + PRIOR_USERS))
    return BlendWeights(bounds, np.stack(rows))


def averaged(contest: Contest, seed: int) -> NDArray[np.float64]:
    """The mean of the weights found on random halves of the users, float64 [M]: what chance favours evens out."""
    rng = generator(seed, "blend halves")
    found = []
    for _ in range(HALVINGS):
        found += [ascend(contest.take(half)) for half in np.array_split(rng.permutation(len(contest)), 2) if len(half)]
    return np.mean(found, axis=0)


def ascend(contest: Contest) -> NDArray[np.float64]:
    """Coordinate ascent on the metric from equal weights and from the best single model: float64 [M], sum 1.

    A weight moves only for a gain, and the start from equal weights wins ties.
    """
    singles = np.eye(contest.n_models)
    best_single = singles[int(np.argmax([contest.quality(single) for single in singles]))]
    starts = (np.ones(contest.n_models), best_single)
    weights, _ = max((_climb(contest, start) for start in starts), key=lambda found: found[1])
    return weights / weights.sum()


def _climb(contest: Contest, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    best = contest.quality(weights)
    for _ in range(ROUNDS):
        before = weights
        for place in range(len(weights)):
            for value in GRID:
                tried = weights.copy()
                tried[place] = value
                if value == weights[place] or not tried.any():
                    continue
                quality = contest.quality(tried)
                if quality > best + LEAST_GAIN:
                    best, weights = quality, tried
        weights = weights / weights.max()
        if np.allclose(weights, before):
            break
    return weights, best
