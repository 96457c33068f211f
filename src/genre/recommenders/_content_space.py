"""One space for all features of the items, whatever their widths and scales."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault
from genre.core.seeds import generator
from genre.encoders.base import Feature
from genre.values import Embeddings

FEW_COLUMNS = 4
"""Features up to this width are numbers: what a number says is seldom linear, so each column becomes soft bins."""
N_BINS = 12
MAX_WIDTH = 512
"""Wider features are cut to their leading axes."""


def content_space(features: Sequence[Feature], taught: NDArray[np.bool_], seed: int) -> Embeddings:
    """All features side by side, each centred and with an equal say: N x (sum of widths).

    Means, bins, axes and scales come from the rows in `taught` (bool [N]) only. A row is present where any feature is.

    Raises:
        DataError: no taught row has content.
    """
    parts = [_scaled(feature.embeddings, taught, seed) for feature in features if feature.embeddings.dim]
    if not any(part.present[taught].any() for part in parts):
        raise DataError(Fault("features", "say nothing about the trained items.", "Add a text or category column."))
    present = np.any([part.present for part in parts], axis=0)
    return Embeddings(np.hstack([part.vectors for part in parts]), present)


def _scaled(embeddings: Embeddings, taught: NDArray[np.bool_], seed: int) -> Embeddings:
    """Mean 0 and mean square length 1 over the taught rows that are present; absent rows are 0."""
    rows = taught & embeddings.present
    if not rows.any():
        return Embeddings(np.zeros((len(taught), 1), dtype=np.float32), np.zeros(len(taught), dtype=np.bool_))
    values = embeddings.vectors.astype(np.float64)
    if embeddings.dim <= FEW_COLUMNS:
        values = np.hstack([soft_bins(values[:, column], rows) for column in range(embeddings.dim)])
    values = (values - values[rows].mean(axis=0)) * embeddings.present[:, None]
    if values.shape[1] > MAX_WIDTH:
        values = values @ _leading_axes(values[rows], seed)
    length = np.sqrt((values[rows] ** 2).sum(axis=1).mean())
    return Embeddings((values / max(length, 1e-12)).astype(np.float32), embeddings.present)


def soft_bins(values: NDArray[np.float64], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How near each value [N] is to the quantiles of `rows`: N x bins, in 0..1."""
    centres = np.unique(np.quantile(values[rows], np.linspace(0.02, 0.98, N_BINS)))
    width = max(0.35 * float(values[rows].std()), 1e-12)
    return np.exp(-0.5 * ((values[:, None] - centres) / width) ** 2)


def _leading_axes(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """D x MAX_WIDTH, near the leading principal axes. Reference: arXiv 0909.4061 (two power iterations)."""
    sketch = generator(seed, "content axes").normal(size=(values.shape[1], min(MAX_WIDTH, len(values))))
    for _ in range(2):
        sketch = np.linalg.qr(values.T @ (values @ sketch))[0]
    return sketch
