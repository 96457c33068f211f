"""Alignments of the tower's modalities: those fitted before training, and those that are a part of its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.alignment.base import IDS, Alignment, FittedAlignment, LossAlignment
from genre.core.artifacts import State
from genre.core.errors import DataError, Fault
from genre.core.seeds import generator
from genre.core.slot import Slot, dump
from genre.recommenders._tower_features import TowerFeature
from genre.values import Embeddings, World

ROWS = 1024
"""Items that a loss alignment looks at in one batch, at most."""


@dataclass(frozen=True, eq=False)
class Placed:
    """An alignment and which of the modalities it brings together, by place."""

    alignment: Alignment
    places: tuple[int, ...]


def placed(alignments: Sequence[Alignment], names: Sequence[str], has_ids: bool) -> tuple[Placed, ...]:
    """Each alignment with its modalities; the id part, if there is one, comes last.

    Raises:
        DataError: a name that is no modality, or more or fewer of them than the alignment takes.
    """
    known = [*names, IDS] if has_ids else list(names)
    faults, found = [], []
    for place, alignment in enumerate(alignments):
        word = f"alignment.{place} ({alignment.config.type_name()})"
        wanted = alignment.config.between or tuple(names)
        unknown = [name for name in wanted if name not in known or (name == IDS and not alignment.takes_ids)]
        fewest, most = alignment.n_modalities
        if unknown:
            faults.append(Fault(word, f"cannot align {', '.join(unknown)}.", f"There are: {', '.join(known)}."))
        elif len(wanted) < fewest or len(wanted) > (most or len(wanted)):
            count = f"{fewest}" if fewest == most else f"{fewest} or more" if most is None else f"{fewest} to {most}"
            faults.append(Fault(word, f"got {len(wanted)} modalities, takes {count}.", "Name them in 'between'."))
        else:
            found.append(Placed(alignment, tuple(known.index(name) for name in wanted)))
    if faults:
        raise DataError(faults)
    return tuple(found)


def taught_rows(alignment: Alignment, warm: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """The items (bool [N]) that an alignment learns from: training items without its held-out share."""
    ranks = generator(seed, "alignment", "held out").random(len(warm))
    return warm & (ranks >= alignment.config.held_out)


def fit_alignments(
    found: Sequence[Placed], features: Sequence[TowerFeature], warm: NDArray[np.bool_], world: World
) -> list[TowerFeature]:
    """The features after every fitted alignment, one after the other."""
    aligned = list(features)
    for one in found:
        if isinstance(one.alignment, FittedAlignment):
            chosen = [aligned[place].embeddings for place in one.places]
            one.alignment.fit(chosen, taught_rows(one.alignment, warm, world.seed), world)
            rows = np.arange(world.catalog.n_items)
            for place, embeddings in zip(one.places, one.alignment.align(chosen, rows), strict=True):
                aligned[place] = aligned[place].with_embeddings(embeddings)
    return aligned


def apply_alignments(found: Sequence[Placed], modalities: Sequence[Embeddings]) -> list[Embeddings]:
    """Modalities of new items after every fitted alignment."""
    aligned = list(modalities)
    for one in found:
        if isinstance(one.alignment, FittedAlignment):
            chosen = one.alignment.align([aligned[place] for place in one.places])
            for place, embeddings in zip(one.places, chosen, strict=True):
                aligned[place] = embeddings
    return aligned


def alignment_states(found: Sequence[Placed]) -> State:
    """Fitted alignments, for `alignments_of`."""
    fitted = [one for one in found if isinstance(one.alignment, FittedAlignment)]
    meta = {"alignments": [{"config": dump(one.alignment.config), "places": list(one.places)} for one in fitted]}
    return State(meta, children={str(place): one.alignment.state() for place, one in enumerate(fitted)})


def alignments_of(state: State) -> tuple[Placed, ...]:
    """The inverse of `alignment_states`."""
    found = []
    for place, entry in enumerate(state.meta["alignments"]):
        alignment: Alignment = Slot("alignment").build(entry["config"])
        alignment.restore(state.children[str(place)])
        found.append(Placed(alignment, tuple(entry["places"])))
    return tuple(found)


class AlignmentLosses(nn.Module):
    """(modality vectors C x M x D, mask C x M, item rows C) -> weighted losses by name.

    Args:
        taught: bool [N] per alignment, the items it may learn from.
    """

    taught: Tensor

    def __init__(self, found: Sequence[Placed], width: int, warm: NDArray[np.bool_], world: World) -> None:
        super().__init__()
        losses = [(one, one.alignment) for one in found if isinstance(one.alignment, LossAlignment)]
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
