"""How much each modality weighs in item vectors, overall and for popular, rare and new items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from genre.nets.item_tower import ItemTower
from genre.recommenders._tower_columns import Given
from genre.recommenders._tower_content import Content
from genre.values import InsightTable
from genre.values.popularity import POPULARITY_NAMES, popularity_classes

CAPTION = (
    "How far an item's vector moves when one of its modalities is taken away, as a share of the moves of all of its "
    "modalities; means over {groups} items. A third of training went to the head, a third to the tail. The vectors of "
    "cold items are predicted from their content; all: items with training interactions."
)


@torch.no_grad()
def fused_shares(items: ItemTower, vectors: Tensor, mask: Tensor) -> NDArray[np.float64]:
    """Shares of the modalities (vectors B x M x D, mask B x M) in what fusion makes of them: B x M, NaN for no item."""
    whole = items.fuse(vectors, mask)
    moves = []
    for place in range(mask.shape[1]):
        without = mask.clone()
        without[:, place] = False
        moves.append((whole - items.fuse(vectors, without)).norm(dim=-1) * mask[:, place])
    return _shares(torch.stack(moves, dim=1).double().cpu().numpy())


def content_shares(content: Content, given: Sequence[Given]) -> NDArray[np.float64]:
    """The same for n items known by content alone, in what decides their scores: n x features."""
    whole = content.scoring(content.space.columns(given))
    moves = []
    for place, one in enumerate(given):
        rest = [*given[:place], one.taken_away(), *given[place + 1 :]]
        without = content.scoring(content.space.columns(rest))
        moves.append(np.linalg.norm(whole - without, axis=1) * one.raw.present)
    return _shares(np.stack(moves, axis=1).astype(np.float64))


def share_table(
    names: Sequence[str], warm: NDArray[np.float64], cold: NDArray[np.float64], counts: NDArray[np.int64]
) -> InsightTable | None:
    """For the report; None for a single modality, which always weighs all.

    Args:
        names: of M modalities.
        warm: shares of the items with training interactions, n x M.
        cold: of items without, n' x M or fewer (the id part has no column).
        counts: int64 [n], training interactions of the former.
    """
    if len(names) < 2:
        return None
    classes = popularity_classes(counts)
    groups = {"all": warm}
    groups |= {POPULARITY_NAMES[place]: warm[classes == place] for place in (3, 2, 1)}
    groups["cold"] = np.pad(cold, ((0, 0), (0, len(names) - cold.shape[1])), constant_values=np.nan)
    known = {name: shares[~np.isnan(shares).all(axis=1)] for name, shares in groups.items()}
    columns = {name: [_mean(column) for column in shares.T] for name, shares in known.items() if len(shares)}
    sizes = ", ".join(f"{len(known[name]):,} {name}" for name in columns)
    frame = pl.DataFrame({"modality": list(names), **columns})
    return InsightTable("weight of each modality", CAPTION.format(groups=sizes), frame)


def _shares(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    total = moves.sum(axis=1, keepdims=True)
    return np.divide(moves, total, out=np.full_like(moves, np.nan), where=total > 1e-12)


def _mean(column: NDArray[np.float64]) -> float | None:
    return None if np.isnan(column).all() else float(column.mean())
