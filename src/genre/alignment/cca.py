"""Finds the directions in which modalities say the same, strongest first (canonical correlation)."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from genre.alignment._mapped import Centred, MappedAlignment, Matrix
from genre.alignment.base import AlignmentConfig


class CcaConfig(AlignmentConfig):
    """How many directions, and how far they are trusted."""

    dim: int | None = Field(
        None, ge=1, description="Directions kept; None: as many as the narrowest modality has. The rest is dropped."
    )
    penalty: float = Field(
        0.1, ge=0, description="Ridge added to each modality's variance, as a share of its mean variance."
    )
    power: float = Field(
        1.0, ge=0, description="Directions are scaled by their correlation to this power; 0: all weigh the same."
    )


class CcaAlignment(MappedAlignment):
    """Canonical variates of two modalities; of more, those closest to one common variable (MAXVAR).

    Covariances of two modalities come from the items that have both. Reference: Hotelling, Relations between two sets
    of variates, Biometrika 28, 1936; Kettenring, Canonical analysis of several sets of variables, Biometrika 58, 1971;
    scaling by correlation, arXiv 1212.4522.
    """

    config: CcaConfig
    EXAMPLES = ({}, {"dim": 3, "penalty": 0.0, "power": 0.0})

    def _matrices(self, taught: Centred) -> list[Matrix]:
        roots = [_inverse_root(taught.pair(k, k)[0], self.config.penalty) for k in range(len(taught.means))]
        values, axes = np.linalg.eigh(_correlations(taught, roots))
        n_views, narrowest = len(roots), min(len(root) for root in roots)
        kept = min(self.config.dim or narrowest, narrowest)
        values, axes = values[::-1][:kept], axes[:, ::-1][:, :kept]
        correlation = np.clip((values - 1.0) / (n_views - 1), 0.0, 1.0)
        scale = np.sqrt(n_views) * correlation**self.config.power
        ends = np.cumsum([len(root) for root in roots])[:-1]
        return [root @ block * scale for root, block in zip(roots, np.split(axes, ends), strict=True)]


def _inverse_root(vectors: Matrix, penalty: float) -> Matrix:
    """Of the covariance of n x D, with a ridge: D x D. Directions without variance are left out."""
    values, axes = np.linalg.eigh(vectors.T @ vectors / max(len(vectors), 1))
    values = values + penalty * values.mean()
    inverse = np.where(values > 1e-10 * max(values.max(), 1e-300), np.maximum(values, 1e-300) ** -0.5, 0.0)
    return (axes * inverse) @ axes.T


def _correlations(taught: Centred, roots: list[Matrix]) -> Matrix:
    """Covariances of all whitened modalities, block by block, each with itself as one: D_all x D_all."""
    blocks = []
    for left, left_root in enumerate(roots):
        row = []
        for right, right_root in enumerate(roots):
            one, other = taught.pair(left, right)
            between = left_root @ one.T @ other @ right_root / max(len(one), 1)
            row.append(np.eye(len(left_root)) if left == right else between)
        blocks.append(row)
    return np.block(blocks)
