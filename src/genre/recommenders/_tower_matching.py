"""How well alignments work: whether an item's vector in one modality finds the same item in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.alignment.base import Comparing, FittedAlignment
from genre.core.seeds import derive, some_of
from genre.recommenders._tower_alignment import taught_rows
from genre.recommenders._tower_build import Tower
from genre.recommenders._tower_placed import Placed
from genre.values import InsightTable

K = 10
MOST = 2000
"""Items looked at, at most: among more, finding the right one says little."""
CAPTION = (
    f"Of items that an alignment never learned from: the share whose vector in one modality has the same item's vector "
    f"in the other among its {K} nearest by cosine; mean of both directions. Before: the untrained network without "
    "alignments{fitted}; after: at the end of training."
)
FITTED = "; fitted: what the alignment gave before training"


@dataclass(frozen=True, eq=False)
class Pair:
    """Two modalities that an alignment brings together, and the held-out items that have both.

    Attributes:
        own: places of the two among the alignment's modalities.
        names: of the two.
        rows: int64 [n].
    """

    alignment: Placed
    own: tuple[int, int]
    names: tuple[str, str]
    rows: NDArray[np.int64]

    @property
    def places(self) -> tuple[int, int]:
        """Of the two among all modalities."""
        return self.alignment.places[self.own[0]], self.alignment.places[self.own[1]]


@dataclass(frozen=True, eq=False)
class Matching:
    """All pairs of all alignments, with what was measured before training.

    Attributes:
        spaces: per pair, the alignment's part of the network where it compares modalities in a space of its own.
        before: recall per pair, None where there are too few items.
        fitted: recall after fitted alignments, None for others.
    """

    pairs: tuple[Pair, ...]
    spaces: tuple[nn.Module | None, ...]
    before: tuple[float | None, ...]
    fitted: tuple[float | None, ...]

    @staticmethod
    @torch.no_grad()
    def begin(tower: Tower, seed: int) -> Matching:
        """Look at an untrained tower."""
        losses = dict(zip(tower.network.alignments.placed, tower.network.alignments.losses, strict=True))
        pairs = tuple(_pairs(tower, seed))
        blank = Matching(pairs, tuple(losses.get(pair.alignment) for pair in pairs), (), ())
        before = blank._recalls(_untrained(tower, blank.rows(), seed)) if pairs else ()
        return replace(blank, before=before, fitted=tuple(_fitted(tower, pair) for pair in pairs))

    def rows(self) -> NDArray[np.int64]:
        """Items whose modality vectors `table` needs."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *(pair.rows for pair in self.pairs)]))

    @torch.no_grad()
    def table(self, vectors: Tensor) -> InsightTable | None:
        """For the report.

        Args:
            vectors: of the items `rows()` by the trained network, n x M x D.
        """
        if not self.pairs:
            return None
        sizes = [len(pair.rows) for pair in self.pairs]
        columns = {
            "alignment": [pair.alignment.alignment.config.type_name() for pair in self.pairs],
            "modality": [pair.names[0] for pair in self.pairs],
            "other": [pair.names[1] for pair in self.pairs],
            "held-out items": sizes,
            "chance": [min(1.0, K / size) if size else None for size in sizes],
            "before": list(self.before),
            "fitted": list(self.fitted),
            "after": list(self._recalls(vectors)),
        }
        has_fitted = any(value is not None for value in self.fitted)
        frame = pl.DataFrame(columns) if has_fitted else pl.DataFrame(columns).drop("fitted")
        return InsightTable(f"alignment, recall@{K}", CAPTION.format(fitted=FITTED if has_fitted else ""), frame)

    def _recalls(self, vectors: Tensor) -> tuple[float | None, ...]:
        """Per pair, of the modality vectors of the items `rows()`."""
        rows = self.rows()
        places = [torch.from_numpy(np.searchsorted(rows, pair.rows)) for pair in self.pairs]
        each = zip(self.pairs, self.spaces, places, strict=True)
        return tuple(_recall(pair, space, vectors[found]) for pair, space, found in each)


def matching_recall(left: Tensor, right: Tensor, k: int = K) -> float:
    """Share of n items whose vector (n x D) in one modality is among the k nearest by cosine to that in the other.

    The mean of both directions; an item that ties with others stands in their middle.
    """
    scores = F.normalize(left.float(), dim=-1) @ F.normalize(right.float(), dim=-1).T
    own = scores.diagonal()[:, None]
    ahead = [(table > own).sum(dim=1) + ((table == own).sum(dim=1) - 1) / 2 for table in (scores, scores.T)]
    return (torch.stack(ahead) < k).float().mean().item()


def some(rows: NDArray[np.int64], seed: int, *purpose: str) -> NDArray[np.int64]:
    """At most `MOST` of the rows, in order."""
    return some_of(rows, MOST, seed, "insight", *purpose)


def _pairs(tower: Tower, seed: int) -> Iterator[Pair]:
    warm = tower.counts > 0
    present = [feature.embeddings.present for feature in tower.unaligned]
    names = tower.modalities
    for placed in tower.alignments:
        if isinstance(placed.alignment, FittedAlignment) and not placed.alignment.shares_space:
            continue
        others = ~taught_rows(placed.alignment, warm, seed)
        for own in combinations(range(len(placed.places)), 2):
            left, right = (placed.places[place] for place in own)
            both = [present[place] if place < len(present) else warm for place in (left, right)]
            rows = np.flatnonzero(others & both[0] & both[1])
            yield Pair(placed, own, (names[left], names[right]), some(rows, seed, names[left], names[right]))


def _untrained(tower: Tower, rows: NDArray[np.int64], seed: int) -> Tensor:
    """Modality vectors of the network as it starts, as if nothing had been fitted before: n x M x D."""
    tower.network.eval()
    wanted = torch.from_numpy(rows)
    vectors, _ = tower.network.items.modalities(wanted)
    with torch.random.fork_rng():
        torch.manual_seed(derive(seed, "insight"))
        for place, (start, feature) in enumerate(zip(tower.unaligned, tower.features, strict=True)):
            if start is not feature and not start.encoder.is_trained:
                vectors[:, place] = start.network(tower.plan.dim)(wanted)
    return vectors


def _recall(pair: Pair, space: nn.Module | None, vectors: Tensor) -> float | None:
    """Of vectors of the pair's items in all modalities, n x M x D."""
    if len(pair.rows) <= K:
        return None
    chosen = vectors[:, list(pair.alignment.places)]
    if isinstance(space, Comparing):
        chosen = space.compared(chosen)
    return matching_recall(chosen[:, pair.own[0]], chosen[:, pair.own[1]])


def _fitted(tower: Tower, pair: Pair) -> float | None:
    if not isinstance(pair.alignment.alignment, FittedAlignment) or len(pair.rows) <= K:
        return None
    left, right = (tower.features[place].embeddings.vectors[pair.rows] for place in pair.places)
    return matching_recall(torch.from_numpy(left), torch.from_numpy(right))
