"""What decides the vectors of a graph's entities, beside its triples."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Plan:
    """Settings of a training run.

    Attributes:
        model: PyKEEN's name.
        batch_size: None: by the number of triples.
        negatives: corrupted triples per true one.
        version: PyKEEN's.
    """

    model: str
    dim: int
    epochs: int
    batch_size: int | None
    learning_rate: float
    negatives: int
    seed: int
    version: str

    def key(self, triples: NDArray[np.int64], sizes: tuple[int, int]) -> str:
        """A digest of everything that the vectors depend on."""
        about = json.dumps({**asdict(self), "sizes": sizes, "format": 2}, sort_keys=True)
        return hashlib.sha256(about.encode() + triples.astype("<i8").tobytes()).hexdigest()[:40]
