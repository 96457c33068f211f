"""Alignments of the tower's modalities: those fitted before training, and those that are a part of its loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.alignment.base import Alignment, FittedAlignment, LossAlignment
from genre.core.errors import DataError, Fault
from genre.core.seeds import generator
from genre.recommenders._tower_features import TowerFeature
from genre.recommenders._tower_modalities import Modalities, joins_before, misplaced
from genre.recommenders._tower_placed import Placed
from genre.values import World

ROWS = 1024
"""Items that a loss alignment looks at in one batch, at most."""


def placed(alignments: Sequence[Alignment], modalities: Modalities) -> tuple[Placed, ...]:
    """Each alignment, unfitted and this tower's own, with its modalities; the id part, if any, comes last.

    Raises:
        DataError: what `misplaced` finds.
    """
    faults = tuple(misplaced(alignments, modalities))
    if faults:
        raise DataError(faults)
    own = [type(alignment)(alignment.config) for alignment in alignments]
    return tuple(Placed(one, tuple(modalities.all.index(name) for name in modalities.chosen(one))) for one in own)


def taught_rows(alignment: Alignment, warm: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """The items (bool [N]) that an alignment learns from: training items without its held-out share."""
    ranks = generator(seed, "alignment", "held out").random(len(warm))
    return warm & (ranks >= alignment.config.held_out)


def fit_alignments(
    found: Sequence[Placed], features: Sequence[TowerFeature], warm: NDArray[np.bool_], world: World
) -> list[TowerFeature]:
    """The features after every fitted alignment, one after the other.

    Raises:
        DataError: one of the modalities shares no training item with any other.
    """
    aligned = list(features)
    for number, one in enumerate(found):
        if isinstance(one.alignment, FittedAlignment):
            taught = taught_rows(one.alignment, warm, world.seed)
            if joins_before(one.alignment):
                _refuse_strangers(number, [aligned[place] for place in one.places], taught)
            chosen = [aligned[place].embeddings for place in one.places]
            one.alignment.fit(chosen, taught, world)
            rows = np.arange(world.catalog.n_items)
            for place, embeddings in zip(one.places, one.alignment.align(chosen, rows), strict=True):
                aligned[place] = aligned[place].with_embeddings(embeddings)
    return aligned


def _refuse_strangers(number: int, features: Sequence[TowerFeature], taught: NDArray[np.bool_]) -> None:
    present = np.stack([feature.embeddings.present[taught] for feature in features], axis=1)
    shared = present & (present.sum(axis=1, keepdims=True) > 1)
    alone = [feature.name for feature, some in zip(features, shared.any(axis=0), strict=True) if not some]
    if len(features) > 1 and alone:
        what = f"no training item has '{alone[0]}' and another of its modalities."
        raise DataError(Fault(f"alignment.{number}.between", what, "Leave it out, or add content."))


def start_together(found: Sequence[Placed], modules: nn.ModuleList) -> None:
    """Modalities that are in one space before training get the same untrained map, so that they are after it too."""
    for one in found:
        if joins_before(one.alignment):
            first, *others = (modules[place] for place in one.places)
            start = dict(first.named_parameters())
            for other in others:
                for name, parameter in other.named_parameters():
                    if name in start and start[name].shape == parameter.shape:
                        parameter.data.copy_(start[name].data)


class AlignmentLosses(nn.Module):
    """(modality vectors C x M x D, mask C x M, item rows C) -> weighted losses by name.

    Args:
        taught: bool [N] per alignment, the items it may learn from.
    """

    taught: Tensor

    def __init__(self, found: Sequence[Placed], width: int, warm: NDArray[np.bool_], world: World) -> None:
        super().__init__()
        losses = [(one, one.alignment) for one in found if isinstance(one.alignment, LossAlignment)]
        self.placed = [one for one, _ in losses]
        self.places = [torch.tensor(one.places) for one, _ in losses]
        self.weights = [alignment.config.weight for _, alignment in losses]
        words = [alignment.config.type_name() for _, alignment in losses]
        self.names = [word if words.count(word) == 1 else f"{word} {place}" for place, word in enumerate(words)]
        self.losses = nn.ModuleList(alignment.network(len(one.places), width, world) for one, alignment in losses)
        rows = [taught_rows(alignment, warm, world.seed) for _, alignment in losses]
        self.register_buffer("taught", torch.from_numpy(np.stack(rows)) if rows else torch.empty(0), persistent=False)

    def forward(self, vectors: Tensor, mask: Tensor, rows: Tensor) -> dict[str, Tensor]:
        found = {}
        for place, (name, loss, weight) in enumerate(zip(self.names, self.losses, self.weights, strict=True)):
            chosen = torch.nonzero(self.taught[place][rows]).squeeze(1)
            if len(chosen) > ROWS:
                chosen = chosen[torch.randperm(len(chosen), device=chosen.device)[:ROWS]]
            places = self.places[place].to(rows.device)
            found[name] = weight * loss(vectors[chosen][:, places], mask[chosen][:, places], rows[chosen])
        return found
