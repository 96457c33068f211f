"""What encoders give as columns of content: centred, with an equal say for every feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.seeds import generator
from genre.values import Embeddings

FEW_COLUMNS = 4
"""Features up to this width are numbers: what a number says is seldom linear, so each column becomes soft bins."""
N_BINS = 12
MAX_WIDTH = 512
"""Wider features are cut to their leading axes."""
SAME = 1e-6
"""Rows that are no further than this from their mean are all alike."""


@dataclass(frozen=True, eq=False)
class SoftBins:
    """How near a number is to each of some centres, in 0..1.

    Attributes:
        sources: int64 [B], the column that each bin looks at.
        centres, widths: float64 [B].
    """

    sources: NDArray[np.int64]
    centres: NDArray[np.float64]
    widths: NDArray[np.float64]

    @staticmethod
    def fit(values: NDArray[np.floating]) -> SoftBins:
        """Centres at the quantiles of each column of `values` (n x C)."""
        centres = [np.unique(np.quantile(column, np.linspace(0.02, 0.98, N_BINS))) for column in values.T]
        counts = [len(found) for found in centres]
        widths = [max(0.35 * float(column.std()), 1e-12) for column in values.T]
        return SoftBins(np.repeat(np.arange(len(counts)), counts), np.concatenate(centres), np.repeat(widths, counts))

    def apply(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """n x C -> n x B."""
        distances = (values[:, self.sources] - self.centres) / self.widths
        return np.exp(-0.5 * distances**2)


@dataclass(frozen=True, eq=False)
class ContentColumns:
    """One feature as columns of mean 0 and mean square length 1 over the rows that they were fitted on.

    Unlike whitening, axes keep their shares of the variance: those of little variance are mostly noise.

    Attributes:
        bins: None where the feature is not a few numbers.
        mean: float64 [F].
        axes: float64 [F, K], the leading axes of wide features; None: all columns as they are.
        length: what rows are divided by.
    """

    bins: SoftBins | None
    mean: NDArray[np.float64]
    axes: NDArray[np.float64] | None
    length: float

    @staticmethod
    def fit(embeddings: Embeddings, taught: NDArray[np.bool_], seed: int) -> ContentColumns:
        """From the present rows among `taught` (bool [N]); without any, all columns are zero."""
        known = embeddings.vectors[taught & embeddings.present].astype(np.float64)
        if not len(known):
            return ContentColumns(None, np.zeros(embeddings.dim), np.zeros((embeddings.dim, 1)), 1.0)
        bins = SoftBins.fit(known) if embeddings.dim <= FEW_COLUMNS else None
        values = known if bins is None else bins.apply(known)
        mean = values.mean(axis=0)
        values = values - mean
        axes = _leading_axes(values, seed) if values.shape[1] > MAX_WIDTH else None
        kept = values if axes is None else values @ axes
        length = float(np.sqrt(np.square(kept).sum(axis=1).mean()))
        return ContentColumns(bins, mean, axes, length if length > SAME else 1.0)

    def apply(self, embeddings: Embeddings) -> Embeddings:
        """Any rows: n x K; absent ones are 0."""
        values = embeddings.vectors.astype(np.float64)
        values = (values if self.bins is None else self.bins.apply(values)) - self.mean
        values = (values if self.axes is None else values @ self.axes) / self.length
        return Embeddings((values * embeddings.present[:, None]).astype(np.float32), embeddings.present)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For `of_arrays`."""
        found: dict[str, NDArray[Any]] = {"mean": self.mean, "length": np.array([self.length])}
        if self.axes is not None:
            found["axes"] = self.axes
        if self.bins is not None:
            found |= {"sources": self.bins.sources, "centres": self.bins.centres, "widths": self.bins.widths}
        return found

    @staticmethod
    def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> ContentColumns:
        """The inverse of `arrays`."""
        has_bins = "sources" in arrays
        bins = SoftBins(arrays["sources"], arrays["centres"], arrays["widths"]) if has_bins else None
        return ContentColumns(bins, arrays["mean"], arrays.get("axes"), float(arrays["length"][0]))


def presence(features: Sequence[Embeddings]) -> Embeddings:
    """Which of the same n items has which feature, as a feature: n x features of 0 and 1, always there.

    What people care for is described and pictured; what is missing says something too.
    """
    flags = np.stack([feature.present for feature in features], axis=1)
    return Embeddings(flags.astype(np.float32), np.ones(len(flags), dtype=np.bool_))


def _leading_axes(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """D x MAX_WIDTH, near the leading principal axes. Reference: arXiv 0909.4061 (two power iterations)."""
    sketch = generator(seed, "content axes").normal(size=(values.shape[1], min(MAX_WIDTH, len(values))))
    for _ in range(2):
        sketch = np.linalg.qr(values.T @ (values @ sketch))[0]
    return sketch
