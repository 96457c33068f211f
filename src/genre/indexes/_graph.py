"""The neighbourhood graph of usearch with what it lacks: one user at a time, and a memory of what changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import BundleError, Fault, MissingExtraError
from genre.core.progress import step

if TYPE_CHECKING:
    from usearch.index import Index as UsearchGraph

AT_ONCE = 256
"""Rows or queries between which other threads get their turn."""
FEW = 32
ANEW = "Fit the model again or copy the bundle anew."


@dataclass(frozen=True)
class Shape:
    """Of a graph.

    Attributes:
        dim: D.
        dtype: f32 or f16: of the vectors in the graph.
        connectivity: neighbours of a row.
        effort: rows looked at when one is put in.
        scale: vectors are divided by it, so that they fit f16.
    """

    dim: int
    dtype: str
    connectivity: int
    effort: int
    scale: float

    def graph(self) -> UsearchGraph:
        """An empty one.

        Raises:
            MissingExtraError: usearch is not installed.
        """
        try:
            from usearch.index import Index as UsearchGraph
        except ModuleNotFoundError:
            raise MissingExtraError("usearch", "ann", "index 'usearch'") from None
        return UsearchGraph(
            ndim=self.dim,
            metric="ip",
            dtype=self.dtype,
            connectivity=self.connectivity,
            expansion_add=self.effort,
        )


@dataclass(eq=False)
class Graph:
    """Rows by their vectors; it changes in place and is shared by all indexes of one line of changes.

    Plain inner products without a bound on lengths: making them distances by one more dimension was tried, and finds a
    fifth of what this finds where lengths differ.

    Attributes:
        changes: rows that each change so far put or dropped; how many there are is the graph's age.
    """

    shape: Shape
    changes: list[NDArray[np.int64]] = field(default_factory=list)
    _graph: UsearchGraph = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._graph = self.shape.graph()

    def __len__(self) -> int:
        return len(self._graph)

    @property
    def age(self) -> int:
        """Changes so far."""
        return len(self.changes)

    @property
    def n_bytes(self) -> int:
        """Of memory."""
        return int(self._graph.memory_usage)

    def claim(self, age: int, rows: NDArray[np.int64]) -> bool:
        """Note that `rows` are about to change, if nothing did since `age`."""
        with self._lock:
            if len(self.changes) != age:
                return False
            self.changes.append(rows)
            return True

    def changed_since(self, age: int) -> NDArray[np.int64]:
        """Rows, each once."""
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *self.changes[age:]]))

    def put(self, rows: NDArray[np.int64], vectors: NDArray[np.float32], threads: int = 1) -> None:
        """Add rows (int64 [n]), those that are there already in their new place: n x D."""
        keys, size = rows.astype(np.uint64), AT_ONCE * (32 if threads != 1 else 1)
        with step("Building the index", len(rows)) as bar:
            for start in range(0, len(rows), size):
                part = slice(start, start + size)
                with self._lock:
                    self._forget(keys[part])
                    scaled = vectors[part] / np.float32(self.shape.scale)
                    self._graph.add(keys[part], scaled, threads=threads)
                bar.advance(len(keys[part]))

    def drop(self, rows: NDArray[np.int64]) -> None:
        """Forget rows, int64 [n]; those that are not there are left out."""
        with self._lock:
            self._forget(rows.astype(np.uint64))

    def near(self, queries: NDArray[np.float32], n: int, effort: int) -> list[NDArray[np.int64]]:
        """About the n best rows for each of B queries (B x D), in no order.

        The last of many are found less surely than the first: for more than `FEW` rows more candidates are looked at.
        """
        found: list[NDArray[np.int64]] = []
        for query in queries:
            with self._lock:
                self._graph.expansion_search = effort + 4 * max(n - FEW, 0)  # type: ignore[misc]
                matches = self._graph.search(query, n, threads=1)
            found.append(np.asarray(matches.keys, dtype=np.int64))
        return found

    def copied(self) -> Graph:
        """The same rows, to be changed apart."""
        return Graph.of_bytes(self.shape, self.to_bytes())

    def to_bytes(self) -> NDArray[np.uint8]:
        """For `of_bytes`."""
        with self._lock:
            saved = self._graph.save()
        assert saved is not None
        return np.frombuffer(saved, dtype=np.uint8)

    @staticmethod
    def of_bytes(shape: Shape, saved: NDArray[np.uint8]) -> Graph:
        """The inverse of `to_bytes`.

        Raises:
            BundleError: the bytes are not of such a graph.
        """
        found = Graph(shape)
        try:
            found._graph.load(_as_buffer(saved))
        except (ValueError, RuntimeError) as error:
            raise BundleError(Fault("index", f"cannot be read: {error}", ANEW)) from None
        if found._graph.ndim != shape.dim:
            raise BundleError(Fault("index", f"is of {found._graph.ndim} numbers, not {shape.dim}.", ANEW))
        return found

    def _forget(self, keys: NDArray[np.uint64]) -> None:
        there = keys[np.asarray(self._graph.contains(keys), dtype=np.bool_)]
        if len(there):
            self._graph.remove(there)


def _as_buffer(saved: NDArray[np.uint8]) -> Any:
    return np.ascontiguousarray(saved).data
