"""Vectors of items or users in one space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Inputs(Protocol):
    """What a trained encoder's network reads of each row, in a type of the encoder's own."""

    @property
    def fingerprint(self) -> str:
        """Of all that is read: other texts or pictures have another. What is on disk counts by its key."""
        ...


@dataclass(frozen=True, eq=False)
class Embeddings:
    """One vector per row.

    Attributes:
        vectors: float32 [N, D]; rows without content are zero.
        present: bool [N], False where the row has no content in this modality.
        inputs: what a trained encoder's network reads beside the vectors (tokens, pixels); None for frozen encoders.
    """

    vectors: NDArray[np.float32]
    present: NDArray[np.bool_]
    inputs: Inputs | None = None

    def __post_init__(self) -> None:
        if self.vectors.dtype != np.float32 or self.vectors.ndim != 2:
            raise ValueError(f"vectors: expected float32 [N, D], got {self.vectors.dtype} {list(self.vectors.shape)}")
        if self.present.shape != (len(self.vectors),) or self.present.dtype != np.bool_:
            raise ValueError(f"present: expected bool [{len(self.vectors)}]")
        if not np.isfinite(self.vectors).all():
            raise ValueError("vectors: not finite")

    @property
    def dim(self) -> int:
        """D."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: NDArray[np.integer]) -> Embeddings:
        """Some of the rows, without inputs."""
        return Embeddings(self.vectors[rows], self.present[rows])

    def padded(self, n_rows: int) -> Embeddings:
        """The same with rows without content at the end, `n_rows` in all."""
        n_new = n_rows - len(self)
        if not n_new:
            return self
        return Embeddings(np.pad(self.vectors, ((0, n_new), (0, 0))), np.pad(self.present, (0, n_new)))

    def with_rows(self, rows: NDArray[np.integer], given: Embeddings, n_rows: int) -> Embeddings:
        """`n_rows` rows: these, with `given` at `rows`; without inputs."""
        room = self.padded(n_rows)
        vectors, present = room.vectors.copy(), room.present.copy()
        vectors[rows], present[rows] = given.vectors, given.present
        return Embeddings(vectors, present)

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """Of the vectors: float32 [N]."""
        found: NDArray[np.float32] = np.linalg.norm(self.vectors, axis=1)
        return found

    def normalized(self) -> NDArray[np.float32]:
        """Vectors of length 1 (zero rows stay zero): float32 [N, D]."""
        return (self.vectors / np.maximum(self.lengths, 1e-12)[:, None]).astype(np.float32, copy=False)
