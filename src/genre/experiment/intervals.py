"""Means over users with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from genre.core.seeds import generator

DRAWS_AT_ONCE = 1 << 21


@dataclass(frozen=True)
class Estimate:
    """A mean over users and its interval; None where it is not defined or not asked for."""

    mean: float | None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, float | None]:
        return {"mean": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Resampling:
    """How intervals are made: `samples` draws of users (0: no intervals), coverage, seed."""

    samples: int = 1000
    confidence: float = 0.95
    seed: int = 42


def estimates(values: NDArray[np.float64], users: NDArray[np.int64], resampling: Resampling) -> list[Estimate]:
    """Mean and percentile interval of each column of `values` (R x C), users being drawn with replacement.

    Args:
        values: one row per judged user and fold; NaN where a metric is not defined, which then counts in no mean.
        users: int64 [R], whose row it is: all rows of a user are drawn together, and all columns with them.

    Reference: Efron and Tibshirani, An introduction to the bootstrap, section 13.3, 1993.
    """
    sums, counts = per_user(values, users)
    means = _ratio(sums.sum(axis=0), counts.sum(axis=0))
    if resampling.samples == 0 or len(sums) == 0:
        return [Estimate(_number(mean)) for mean in means]
    outside = (1.0 - resampling.confidence) / 2.0
    low, high = _quantiles(_resampled(sums, counts, resampling), outside)
    return [Estimate(*map(_number, column)) for column in zip(means, low, high, strict=True)]


def per_user(values: NDArray[np.float64], users: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of the defined values of each user and how many there are: both U x C, users rising."""
    distinct, places = np.unique(users, return_inverse=True)
    defined = ~np.isnan(values)
    gather = sp.csr_array((np.ones(len(users)), (places, np.arange(len(users)))), shape=(len(distinct), len(users)))
    return gather @ np.where(defined, values, 0.0), gather @ defined.astype(np.float64)


def _resampled(sums: NDArray[np.float64], counts: NDArray[np.float64], resampling: Resampling) -> NDArray[np.float64]:
    """Means (samples x C) of as many users as there are, drawn with replacement."""
    n_users, random = len(sums), generator(resampling.seed, "bootstrap")
    batch = max(DRAWS_AT_ONCE // n_users, 1)
    if (counts == counts[:, :1]).all():
        counts = counts[:, :1]  # one column stands for all of them, which halves the work
    means = []
    for start in range(0, resampling.samples, batch):
        n = min(batch, resampling.samples - start)
        drawn = random.integers(0, n_users, (n, n_users)) + np.arange(n)[:, None] * n_users
        weights = np.bincount(drawn.ravel(), minlength=n * n_users).reshape(n, n_users).astype(np.float64)
        drawn_sums = weights @ sums
        means.append(_ratio(drawn_sums, np.broadcast_to(weights @ counts, drawn_sums.shape)))
    return np.concatenate(means)


def _quantiles(means: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
    """Low and high (2 x C) of each column, over the samples in which it is defined."""
    limits = np.full((2, means.shape[1]), np.nan)
    known = ~np.isnan(means).all(axis=0)
    limits[:, known] = np.nanquantile(means[:, known], [outside, 1.0 - outside], axis=0)
    return limits


def _ratio(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
