"""Approximate nearest neighbours by a graph that is walked (HNSW, package usearch), watched against exact search."""

from __future__ import annotations

import logging
from copy import copy
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import BundleError, Fault
from genre.core.seeds import generator
from genre.indexes._graph import ANEW, Graph, Shape
from genre.indexes.base import Index, IndexConfig, IndexHealth
from genre.values import Embeddings, Rankings

FRESH = 1_000
"""Rows that changed last: every query is compared with them, whatever the graph finds."""
MOST_FETCHED = 1_024
"""Candidates beyond which comparing everything is as fast."""
FEW_OUT = 256
"""Where no more rows are out of question, as many candidates more: what somebody touched is what is like him."""
SPARE = 16
NOTHING: NDArray[np.int64] = np.empty(0, dtype=np.int64)
log = logging.getLogger(__name__)


class UsearchConfig(IndexConfig):
    """How large and how careful the graph is."""

    min_recall: float = Field(
        0.95,
        gt=0,
        le=1,
        description="Share of the true best to find; else effort is raised, then all compared.",
    )
    effort: int = Field(128, ge=1, le=4_096, description="Candidates looked at for a query, to begin with.")
    max_effort: int = Field(1_024, ge=1, le=65_536, description="Effort up to which it is raised to find enough.")
    connectivity: int = Field(16, ge=2, le=256, description="Neighbours of a row: more find more and take more memory.")
    build_effort: int = Field(128, ge=1, le=4_096, description="Candidates looked at to place a row in the graph.")
    dtype: Literal["f32", "f16"] = Field("f16", description="Numbers in the graph; what is found is compared in f32.")
    n_checked: int = Field(200, ge=1, le=10_000, description="Queries that are compared with exact search.")
    checked_k: int = Field(10, ge=1, le=1_000, description="Length of the lists that are compared.")
    recheck_share: float = Field(
        0.1, gt=0, le=1, description="Share of rows that may change before answers are compared again."
    )
    exact_below: int = Field(2_000, ge=0, description="Where no more rows are allowed, all of them are compared.")
    n_threads: int = Field(
        1, ge=0, le=1_024, description="To build with; 0: one per core. With 1 graphs come out alike."
    )


class UsearchIndex(Index):
    """Walks a graph to candidates, compares these and the rows that changed last by their vectors.

    Where filters leave few candidates more are fetched, and where that is not enough every row is compared: lists are
    as long as with exact search. At `build`, and when many rows have changed, a sample of queries is answered both
    ways; where too few of the true best are found, the index looks at more candidates, and if that does not help it
    compares everything and says so in the log.
    Reference: Malkov and Yashunin, arXiv 1603.09320.
    """

    config: UsearchConfig
    EXAMPLES = ({}, {"exact_below": 0, "dtype": "f32", "connectivity": 8})

    _graph: Graph
    _age: int
    _fresh: NDArray[np.int64]
    _queries: NDArray[np.float32]
    _effort: int | None
    """None: nothing was good enough, every row is compared."""
    _recall: float
    _n_changed: int

    def _build(self, queries: NDArray[np.float32] | None) -> None:
        config, table = self.config, self._table
        rows = np.flatnonzero(table.present)
        longest = float(np.linalg.norm(table.vectors, axis=1).max(initial=0.0))
        shape = Shape(table.dim, config.dtype, config.connectivity, config.build_effort, longest or 1.0)
        self._graph, self._age, self._fresh = Graph(shape), 0, NOTHING
        self._graph.put(rows, table.vectors[rows], config.n_threads)
        self._queries = _some(table.vectors[rows] if queries is None else queries, config.n_checked)
        self._check()

    def following(self, table: Embeddings, changed: NDArray[np.integer]) -> Self:
        found, rows = copy(self), np.unique(changed.astype(np.int64))
        found._table = table
        if not self._graph.claim(self._age, rows):
            found._graph = self._own_graph()
            found._graph.claim(0, rows)
        found._age = found._graph.age
        _write(found._graph, table, rows)
        found._fresh = np.concatenate([self._fresh[~np.isin(self._fresh, rows)], rows])[-FRESH:]
        found._n_changed = self._n_changed + len(rows)
        if found._n_changed > self.config.recheck_share * len(table):
            others = _some(table.vectors[rows[table.present[rows]]], max(self.config.n_checked // 4, 1))
            found._queries = _some(np.concatenate([others, self._queries]), self.config.n_checked)
            found._check()
        return found

    @property
    def health(self) -> IndexHealth:
        is_exact, n_rows = self._effort is None, int(np.count_nonzero(self._table.present))
        return IndexHealth("usearch", n_rows, is_exact, self._recall, self._effort, self._graph.n_bytes)

    def state(self) -> State:
        meta = {"effort": self._effort, "recall": self._recall, "n_rows": len(self._table), "changed": self._n_changed}
        graph = self._graph if self._graph.age == self._age else self._own_graph()
        arrays: dict[str, NDArray[Any]] = {"graph": graph.to_bytes(), "queries": self._queries, "fresh": self._fresh}
        return State({**meta, "scale": graph.shape.scale}, arrays)

    def _reopen(self, state: State) -> None:
        config, meta, table = self.config, state.meta, self._table
        if meta["n_rows"] != len(table):
            raise BundleError(Fault("index", f"is of {meta['n_rows']} rows, not {len(table)}.", ANEW))
        shape = Shape(table.dim, config.dtype, config.connectivity, config.build_effort, meta["scale"])
        self._graph, self._age = Graph.of_bytes(shape, state.arrays["graph"]), 0
        self._queries, self._fresh = state.arrays["queries"], state.arrays["fresh"]
        self._effort, self._recall, self._n_changed = meta["effort"], meta["recall"], meta["changed"]

    def _search(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_]) -> Rankings:
        n_allowed = int(np.count_nonzero(mask))
        if self._effort is None or n_allowed <= self.config.exact_below:
            return self.exactly(queries, k, mask)
        n_out = max(len(self._graph) - n_allowed, 0)
        few = k + n_out if n_out <= FEW_OUT else int(1.2 * k * len(self._graph) / n_allowed)
        return self._widening(queries, k, mask, few + SPARE)

    def _widening(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_], n: int) -> Rankings:
        """From n candidates of the graph, from four times as many where too few of them are allowed, and at last from
        all rows. Rows that changed last are compared too, and do not count as enough: they may be far off."""
        late = self._changed_since()
        if n + len(late) > MOST_FETCHED or not len(queries):
            return self.exactly(queries, k, mask)
        near = self._graph.near(queries, n + len(late), self._effort or 1)
        n_due, known = min(k, int(np.count_nonzero(mask))), np.concatenate([self._fresh, late])
        is_short = np.array([_n_kept(rows, mask) < n_due for rows in near])
        rankings = Rankings.joined(
            [
                self._compared(query, np.concatenate([rows, known]), k, mask)
                for query, rows in zip(queries, near, strict=True)
            ]
        )
        if is_short.any():
            more = self._widening(queries[is_short], k, mask, 4 * n)
            rankings.item_rows[is_short], rankings.scores[is_short] = more.item_rows, more.scores
        return rankings

    def _changed_since(self) -> NDArray[np.int64]:
        """Rows that are not in the graph as they are in this table, since an index that follows changed them."""
        return self._graph.changed_since(self._age) if self._graph.age > self._age else NOTHING

    def _compared(
        self, query: NDArray[np.float32], rows: NDArray[np.int64], k: int, mask: NDArray[np.bool_]
    ) -> Rankings:
        """The best of the candidates `rows` by their vectors; the graph may know of rows that came later."""
        rows = np.unique(rows)
        rows = rows[: np.searchsorted(rows, len(mask))]
        rows = rows[mask[rows]]
        scores = self._table.vectors[rows] @ query
        order = np.argsort(-scores, kind="stable")[:k]
        listed, best = np.full((1, k), -1, dtype=np.int32), np.full((1, k), -np.inf, dtype=np.float32)
        listed[0, : len(order)], best[0, : len(order)] = rows[order], scores[order]
        return Rankings(listed, best)

    def _check(self) -> None:
        """Find the effort that is enough for `min_recall`; without one, compare everything from now on."""
        config, present, self._n_changed = self.config, self._table.present, 0
        exact = self.exactly(self._queries, config.checked_k, present)
        self._effort = effort = min(config.effort, config.max_effort)
        while (recall := self._recall_at(effort, exact)) < config.min_recall:
            if effort >= config.max_effort:
                self._effort = None
                log.warning(
                    "index usearch: recall@%d is %.3f at effort %d, below min_recall %.2f: every row is compared from "
                    "now on, exactly and slower. Raise max_effort, connectivity or build_effort, or take index: exact.",
                    *(config.checked_k, recall, effort, config.min_recall),
                )
                break
            self._effort = effort = min(2 * effort, config.max_effort)
        self._recall = recall

    def _recall_at(self, effort: int, exact: Rankings) -> float:
        """Share of the places of exact lists that the graph alone fills as well; equal scores are as good."""
        near = self._graph.near(self._queries, self.config.checked_k, effort)
        hits = 0
        for query, rows, best in zip(self._queries, near, exact.scores, strict=True):
            found = self._compared(query, rows, self.config.checked_k, self._table.present).scores[0]
            last = best[np.isfinite(best)].min(initial=np.inf)
            hits += int(np.count_nonzero(np.isfinite(found) & (found >= last - 1e-5 * abs(last))))
        return hits / max(int(np.isfinite(exact.scores).sum()), 1)

    def _own_graph(self) -> Graph:
        """A graph of this index alone, without what changed for others since."""
        graph = self._graph.copied()
        _write(graph, self._table, self._graph.changed_since(self._age))
        return graph


def _n_kept(rows: NDArray[np.int64], mask: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(mask[rows[rows < len(mask)]]))


def _write(graph: Graph, table: Embeddings, rows: NDArray[np.int64]) -> None:
    """Let the graph have the rows as they are in the table."""
    within = rows[rows < len(table)]
    there = within[table.present[within]]
    graph.put(there, table.vectors[there])
    graph.drop(np.setdiff1d(rows, there))


def _some(vectors: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """At most n of the rows, the same every time."""
    if len(vectors) <= n:
        return np.ascontiguousarray(vectors)
    chosen = np.sort(generator(0, "index").choice(len(vectors), n, replace=False))
    return np.ascontiguousarray(vectors[chosen])
