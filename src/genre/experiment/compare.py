"""Whether two models differ: paired tests over users, corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.seeds import generator
from genre.experiment.intervals import Estimate, Resampling, estimates, per_user

N_FLIPS = 10_000
SIGNS_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class Comparison:
    """Two models on the same users.

    Attributes:
        difference: mean of a - b over users, with its bootstrap interval.
        p: chance of a difference at least this large, either way, if the two were equally good.
        p_holm: the same, corrected for the number of comparisons in the report.
    """

    a: str
    b: str
    metric: str
    difference: Estimate
    p: float
    p_holm: float

    def to_json(self) -> dict[str, Any]:
        interval = {"low": self.difference.low, "high": self.difference.high}
        names = {"a": self.a, "b": self.b, "metric": self.metric}
        return {**names, "difference": self.difference.mean, **interval, "p": self.p, "p_holm": self.p_holm}


def compare(
    values: Mapping[str, NDArray[np.float64]], metric: str, users: NDArray[np.int64], resampling: Resampling
) -> list[Comparison]:
    """All pairs of models, best first in each pair.

    Args:
        values: of each model, the metric of each of R rows (one per user and fold); the same rows for all models.
        metric: its name.
        users: int64 [R], whose row it is.
    """
    ordered = sorted(values, key=lambda name: -float(np.nan_to_num(np.nanmean(values[name]), nan=-np.inf)))
    pairs = list(combinations(ordered, 2))
    if not pairs:
        return []
    differences = np.stack([values[a] - values[b] for a, b in pairs], axis=1)
    chances = sign_flip_test(differences, users, resampling.seed)
    corrected = holm(chances)
    means = estimates(differences, users, resampling)
    return [
        Comparison(a, b, metric, mean, float(p), float(p_holm))
        for (a, b), mean, p, p_holm in zip(pairs, means, chances, corrected, strict=True)
    ]


def sign_flip_test(
    differences: NDArray[np.float64], users: NDArray[np.int64], seed: int, n_flips: int = N_FLIPS
) -> NDArray[np.float64]:
    """Two-sided p of each column of `differences` (R x C) under exchange of the two models, user by user.

    Metrics of lists are skewed, discrete and mostly equal for both models; exchanging signs supposes nothing about
    their distribution, where a t-test would. The p of a sampled test is never 0.
    References: Fisher, The design of experiments, section 21, 1935; Smucker, Allan and Carterette, A comparison of
    statistical significance tests for information retrieval evaluation, CIKM 2007; Phipson and Smyth, arXiv 1603.05766.
    """
    sums = per_user(differences, users)[0]
    sums = sums[sums.any(axis=1)]
    observed = np.abs(sums.sum(axis=0))
    limit, as_large = observed - 1e-9 * np.maximum(observed, 1.0), np.zeros(sums.shape[1])
    random, batch = generator(seed, "sign flips"), max(SIGNS_AT_ONCE // max(len(sums), 1), 1)
    for start in range(0, n_flips, batch):
        n = min(batch, n_flips - start)
        bits = np.unpackbits(np.frombuffer(random.bytes(-(-n * len(sums) // 8)), dtype=np.uint8), count=n * len(sums))
        signs = bits.reshape(n, len(sums)).astype(np.float64) * 2.0 - 1.0
        as_large += (np.abs(signs @ sums) >= limit).sum(axis=0)
    return (as_large + 1.0) / (n_flips + 1.0)


def holm(chances: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values corrected so that the chance of any false alarm among them is bounded.

    Reference: Holm, A simple sequentially rejective multiple test procedure, Scandinavian J. of Statistics 6(2), 1979.
    """
    p = np.asarray(chances, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return corrected
