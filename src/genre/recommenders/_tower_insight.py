"""What a tower tells about its modalities when it is trained: tables for the report."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genre.nets.trained import BLOCK
from genre.recommenders._tower_build import Tower
from genre.recommenders._tower_columns import Given
from genre.recommenders._tower_content import Content
from genre.recommenders._tower_matching import Matching, some
from genre.recommenders._tower_shares import content_shares, fused_shares, share_table
from genre.values import Embeddings, InsightTable


@dataclass(frozen=True, eq=False)
class Observer:
    """Looks at a tower before and after training; each item is encoded once each time, at most."""

    tower: Tower
    matching: Matching
    seed: int

    @staticmethod
    def begin(tower: Tower, seed: int) -> Observer:
        """Look at an untrained tower."""
        return Observer(tower, Matching.begin(tower, seed), seed)

    @torch.no_grad()
    def tables(self, content: Content | None) -> tuple[InsightTable, ...]:
        """Look at the trained tower, and at how it makes vectors of new items."""
        counts = self.tower.counts
        cold = np.empty(0, np.int64) if content is None else some(np.flatnonzero(counts == 0), self.seed, "cold")
        warm, matched = np.flatnonzero(counts), self.matching.rows()
        kept = np.union1d(matched, cold)
        rows = np.union1d(warm, kept)
        shares, vectors = self._look(rows, np.isin(rows, kept))
        new = vectors[torch.from_numpy(np.searchsorted(kept, cold))]
        of_cold = np.empty((0, 0)) if content is None else content_shares(content, self._given(cold, new))
        found = (
            self.matching.table(vectors[torch.from_numpy(np.searchsorted(kept, matched))]),
            share_table(self.tower.modalities, shares[np.isin(rows, warm)], of_cold, counts[warm]),
        )
        return tuple(table for table in found if table is not None)

    def _look(self, rows: NDArray[np.int64], kept: NDArray[np.bool_]) -> tuple[NDArray[np.float64], Tensor]:
        """Shares of the modalities of all items `rows`, n x M, and the modality vectors of those kept, n' x M x D."""
        items, shares, vectors = self.tower.network.items, [], []
        for start in range(0, len(rows), BLOCK):
            found, mask = items.modalities(torch.from_numpy(rows[start : start + BLOCK]))
            shares.append(fused_shares(items, found, mask))
            vectors.append(found[torch.from_numpy(kept[start : start + BLOCK])].float())
        return np.concatenate(shares), torch.cat(vectors)

    def _given(self, rows: NDArray[np.int64], vectors: Tensor) -> list[Given]:
        """What the features say of some items; trained ones have said it in `vectors`."""
        found = []
        for place, feature in enumerate(self.tower.features):
            given = Given(feature.raw, feature.embeddings).take(rows)
            if feature.encoder.is_trained:
                present = given.raw.present
                given = replace(given, said=Embeddings(vectors[:, place].numpy() * present[:, None], present))
            found.append(given)
        return found
