"""Alignments fitted before training, as new items go through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genre.alignment.base import Alignment, FittedAlignment
from genre.core.artifacts import State
from genre.core.slot import Slot, dump
from genre.values import Embeddings


@dataclass(frozen=True, eq=False)
class Placed:
    """An alignment and which of the modalities it brings together, by place."""

    alignment: Alignment
    places: tuple[int, ...]


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
