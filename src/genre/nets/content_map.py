"""From what an item is to the vector that training would have given it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PENALTIES = np.logspace(-3, 2, 11)
"""Ridge penalties tried, as shares of the content's mean variance times the number of rows."""


@dataclass(frozen=True, eq=False)
class ContentMap:
    """A linear map of content (n x F) to trained vectors (n x D).

    Attributes:
        centre: float32 [F].
        weights: float32 [F, D].
        offset: float32 [D].
        penalty: the share that was chosen.
    """

    centre: NDArray[np.float32]
    weights: NDArray[np.float32]
    offset: NDArray[np.float32]
    penalty: float = 0.0

    @staticmethod
    def fit(content: NDArray[np.float32], vectors: NDArray[np.float32], trust: NDArray[np.floating]) -> ContentMap:
        """Ridge regression; see `ContentRidge`.

        Args:
            content: n x F.
            vectors: n x D.
            trust: [n], how much each row counts.
        """
        return ContentRidge.of(content, trust).fit(vectors).map

    def apply(self, content: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors of any content: n x D."""
        return ((content - self.centre) @ self.weights + self.offset).astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class FittedMap:
    """A map and what it was learned from.

    Attributes:
        left_out: float64 [n, D], each row as foretold from the others.
    """

    map: ContentMap
    left_out: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ContentRidge:
    """Ridge regressions on the same content, whatever they foretell; the penalty is what foretells left-out rows best.

    Attributes:
        centre: float64 [F].
        share: float64 [n], how much each row counts; their sum is 1.
        values, axes: of the content's covariance: [F], [F, F].
        turned: float64 [n, F], centred content along these axes.
    """

    centre: NDArray[np.float64]
    share: NDArray[np.float64]
    values: NDArray[np.float64]
    axes: NDArray[np.float64]
    turned: NDArray[np.float64]

    @staticmethod
    def of(content: NDArray[np.floating], trust: NDArray[np.floating]) -> ContentRidge:
        """Content n x F; trust [n], how much each row counts."""
        share = np.asarray(trust, dtype=np.float64) / np.sum(trust)
        centre = share @ content.astype(np.float64)
        inputs = content - centre
        values, axes = np.linalg.eigh(inputs.T @ (inputs * share[:, None]))
        return ContentRidge(centre, share, values, axes, inputs @ axes)

    def fit(self, targets: NDArray[np.floating], metric: NDArray[np.floating] | None = None) -> FittedMap:
        """To foretell `targets` (n x D); errors are measured after a product with `metric` (D x E), if there is one."""
        offset = self.share @ targets.astype(np.float64)
        wanted = targets - offset
        moments = self.turned.T @ (wanted * self.share[:, None])
        errors = [self._error(self._left_out(wanted, moments, penalty), metric) for penalty in PENALTIES]
        penalty = float(PENALTIES[int(np.argmin(errors))])
        weights = self.axes @ (moments / self._raised(penalty)[:, None])
        map_ = [part.astype(np.float32) for part in (self.centre, weights, offset)]
        found = ContentMap(map_[0], map_[1], map_[2], penalty)
        return FittedMap(found, targets - self._left_out(wanted, moments, penalty))

    def _raised(self, penalty: float) -> NDArray[np.float64]:
        return self.values + penalty * max(float(self.values.mean()), 1e-12)

    def _left_out(
        self, wanted: NDArray[np.float64], moments: NDArray[np.float64], penalty: float
    ) -> NDArray[np.float64]:
        """What is wrong with each row as foretold from the others (the closed form of leaving one out): n x D."""
        shrunk = 1.0 / self._raised(penalty)
        leverage = self.share * np.einsum("nf,f,nf->n", self.turned, shrunk, self.turned)
        return (wanted - self.turned @ (shrunk[:, None] * moments)) / np.maximum(1.0 - leverage, 1e-6)[:, None]

    def _error(self, residuals: NDArray[np.float64], metric: NDArray[np.floating] | None) -> float:
        return float(self.share @ np.square(residuals if metric is None else residuals @ metric).sum(axis=1))
