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
        """Ridge regression; the penalty is what predicts left-out rows best.

        Args:
            content: n x F.
            vectors: n x D.
            trust: [n], how much each row counts.
        """
        share = np.asarray(trust, dtype=np.float64) / np.sum(trust)
        centre, offset = share @ content.astype(np.float64), share @ vectors.astype(np.float64)
        inputs, targets = content - centre, vectors - offset
        values, axes = np.linalg.eigh(inputs.T @ (inputs * share[:, None]))
        turned = inputs @ axes
        moments = turned.T @ (targets * share[:, None])
        scale = max(float(values.mean()), 1e-12)

        def error(penalty: float) -> float:
            """Squared error of each row as predicted from the others (the closed form of leaving one out)."""
            shrunk = 1.0 / (values + penalty * scale)
            leverage = share * np.einsum("nf,f,nf->n", turned, shrunk, turned)
            residuals = (targets - turned @ (shrunk[:, None] * moments)) / np.maximum(1.0 - leverage, 1e-6)[:, None]
            return float(share @ np.square(residuals).sum(axis=1))

        penalty = min(PENALTIES, key=error)
        weights = axes @ (moments / (values + penalty * scale)[:, None])
        return ContentMap(
            centre.astype(np.float32), weights.astype(np.float32), offset.astype(np.float32), float(penalty)
        )

    def apply(self, content: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors of any content: n x D."""
        return ((content - self.centre) @ self.weights + self.offset).astype(np.float32, copy=False)
