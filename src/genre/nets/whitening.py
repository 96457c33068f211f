"""Whitening: frozen vectors in a space where every axis says equally much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class Whitening:
    """Centre, project on principal axes, scale each to unit variance.

    Reference: arXiv 2103.15316.

    Attributes:
        mean: float32 [D].
        axes: float32 [D, D'], scaled.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    @staticmethod
    def fit(embeddings: Embeddings, fit_rows: NDArray[np.bool_], dim: int) -> Whitening:
        """The leading `dim` axes of the present rows among `fit_rows` (bool [N])."""
        known = embeddings.vectors[fit_rows & embeddings.present].astype(np.float64)
        if not len(known):
            return Whitening(np.zeros(embeddings.dim, np.float32), np.zeros((embeddings.dim, 1), np.float32))
        mean = known.mean(axis=0)
        covariance = (known - mean).T @ (known - mean) / max(len(known) - 1, 1)
        values, axes = np.linalg.eigh(covariance)
        values, axes = values[::-1][:dim], axes[:, ::-1][:, :dim]
        kept = max(1, int((values > values.max() * 1e-10).sum()))
        scaled = axes[:, :kept] / np.sqrt(np.maximum(values[:kept], 1e-12))
        return Whitening(mean.astype(np.float32), scaled.astype(np.float32))

    def apply(self, embeddings: Embeddings) -> Embeddings:
        """Any rows in the whitened space, N x D'; absent rows stay zero."""
        vectors = (embeddings.vectors - self.mean) @ self.axes
        vectors[~embeddings.present] = 0.0
        return Embeddings(vectors.astype(np.float32, copy=False), embeddings.present)
