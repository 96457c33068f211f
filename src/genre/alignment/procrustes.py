"""Turns the modalities so that an item's vectors point the same way; lengths and angles within a modality stay."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from genre.alignment._mapped import Centred, MappedAlignment, Matrix
from genre.alignment.base import AlignmentConfig

TOLERANCE = 1e-9
"""Change of the squared distances, as a share of them, below which turning is over."""


class ProcrustesConfig(AlignmentConfig):
    """How long to turn."""

    rounds: int = Field(100, ge=1, description="Rounds of turning all modalities to their mean; two need one.")


class ProcrustesAlignment(MappedAlignment):
    """An orthogonal matrix per modality; narrower ones are filled up with zeros, and the first stays as it is.

    Two modalities: the rotation in closed form. More: each in turn towards the mean of the others on the items that
    have both, until nothing moves. Reference: Schönemann, A generalized solution of the orthogonal Procrustes problem,
    Psychometrika 31, 1966; Gower, Generalized Procrustes analysis, Psychometrika 40, 1975.
    """

    config: ProcrustesConfig
    EXAMPLES = ({}, {"rounds": 5})

    def _matrices(self, taught: Centred) -> list[Matrix]:
        width = max(vectors.shape[1] for vectors in taught.vectors)
        padded = [np.pad(vectors, ((0, 0), (0, width - vectors.shape[1]))) for vectors in taught.vectors]
        turned = np.stack(padded, axis=1)
        turns = [np.eye(width) for _ in padded]
        before = np.inf
        for _ in range(self.config.rounds):
            for place in range(1, len(turns)):
                turn = _rotation(turned, taught.present, place)
                turns[place], turned[:, place] = turns[place] @ turn, turned[:, place] @ turn
            after = _spread(turned, taught.present)
            if len(turns) == 2 or before - after <= TOLERANCE * max(after, 1e-12):
                break
            before = after
        return [turn[: vectors.shape[1]] for turn, vectors in zip(turns, taught.vectors, strict=True)]


def _rotation(turned: Matrix, present: np.ndarray, place: int) -> Matrix:
    """What turns one modality of n x K x D (absent ones zero) to the mean of the others: D x D."""
    others = np.delete(turned, place, axis=1).sum(axis=1)
    counts = np.delete(present, place, axis=1).sum(axis=1)
    mean = others / np.maximum(counts, 1)[:, None]
    left, _, right = np.linalg.svd(turned[present[:, place], place].T @ mean[present[:, place]])
    return left @ right


def _spread(turned: Matrix, present: np.ndarray) -> float:
    """Squared distance of modalities to their item's mean, summed."""
    means = turned.sum(axis=1) / np.maximum(present.sum(axis=1), 1)[:, None]
    return float((np.square(turned - means[:, None]) * present[:, :, None]).sum())
