"""What every index owes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import load_state, save_state
from genre.core.component import Component
from genre.core.seeds import generator
from genre.indexes.base import Index
from genre.testing.configs import Example
from genre.values import Embeddings, Rankings

N, D, K = 3_000, 16, 10
LEAST_RECALL = 0.9


def check_finds_the_best(component: type[Component], example: Example) -> None:
    """Nearly all of the true best, best first, with their inner products as scores."""
    table, asked = some_table(), queries()
    found = _built(component, example, table).search(asked, K)
    assert found.item_rows.shape == (len(asked), K) == found.scores.shape
    products = asked @ table.vectors.T
    assert np.allclose(found.scores, np.take_along_axis(products, found.item_rows.astype(np.int64), axis=1), atol=1e-4)
    assert (np.diff(found.scores, axis=1) <= 0).all(), "best first"
    assert recall(found, products, table.present) >= LEAST_RECALL


def check_fills_lists(component: type[Component], example: Example) -> None:
    """Whatever is allowed, and only that, is found: all of it where it is less than asked for."""
    table, asked = some_table(), queries()
    index, rows = _built(component, example, table), np.arange(N)
    for allowed in (rows % 3 == 0, rows < K // 2, rows >= N - 40, rows < 0):
        found = index.search(asked, K, allowed)
        listed = found.item_rows >= 0
        n_due = min(K, int((allowed & table.present).sum()))
        assert (listed.sum(axis=1) == n_due).all(), f"{n_due} rows are due, {listed.sum(axis=1)} are listed"
        assert (allowed & table.present)[found.item_rows[listed]].all(), "a row that is not allowed"
        assert np.isneginf(found.scores[~listed]).all()


def check_follows_changes(component: type[Component], example: Example) -> None:
    """New and moved rows are found at once, those that left never again, and the old index answers as before."""
    table, random = some_table(), generator(0, "changes")
    index = _built(component, example, table)
    before = index.search(queries(), K)
    changed = np.concatenate([np.arange(0, 60), np.arange(N, N + 40)])
    vectors = np.pad(table.vectors, ((0, 40), (0, 0)))
    directions = random.standard_normal((len(changed), D), dtype=np.float32)
    vectors[changed] = 40 * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    present = np.pad(table.present, (0, 40), constant_values=True)
    present[:60], present[:20] = True, False
    grown = index.following(Embeddings(vectors, present), changed)
    best = grown.search(vectors[changed[20:]], 1)
    assert (best.item_rows[:, 0] == changed[20:]).all(), "a new row is nearest to itself"
    assert not np.isin(grown.search(vectors[:20], K).item_rows, np.arange(20)).any(), "a row that left is found"
    after = index.search(queries(), K)
    assert recall(after, queries() @ table.vectors.T, table.present) >= LEAST_RECALL
    assert (after.item_rows < N).all() and after.item_rows.shape == before.item_rows.shape


def check_saved_index(component: type[Component], example: Example) -> None:
    """What was saved finds the same, over the same table."""
    table = some_table()
    index = _built(component, example, table)
    with tempfile.TemporaryDirectory() as folder:
        save_state(index.state(), Path(folder))
        again = _of(component, example).reopen(table, load_state(Path(folder)))
    expected, found = index.search(queries(), K), again.search(queries(), K)
    assert np.array_equal(expected.item_rows, found.item_rows) and np.array_equal(expected.scores, found.scores)
    assert again.health == index.health or again.health.recall == index.health.recall


def check_small_tables(component: type[Component], example: Example) -> None:
    """Tables of no row, of one, and of rows of which none is present, are searched like any other."""
    for n_rows, n_present in ((0, 0), (1, 1), (3, 0)):
        vectors = np.ones((n_rows, D), dtype=np.float32)
        index = _built(component, example, Embeddings(vectors, np.arange(n_rows) < n_present))
        found = index.search(np.ones((2, D), dtype=np.float32), 3)
        assert ((found.item_rows >= 0).sum(axis=1) == n_present).all()
        assert index.health.n_rows == n_present


def some_table() -> Embeddings:
    """Rows in 20 clusters and of different lengths; every tenth has none."""
    random = generator(0, "index table")
    centres = random.standard_normal((20, D), dtype=np.float32)
    vectors = centres[random.integers(0, 20, N)] + random.standard_normal((N, D), dtype=np.float32)
    present = np.arange(N) % 10 > 0
    return Embeddings(np.where(present[:, None], vectors, np.float32(0.0)), present)


def queries() -> NDArray[np.float32]:
    """40 of them."""
    return generator(0, "queries").standard_normal((40, D), dtype=np.float32)


def recall(found: Rankings, products: NDArray[np.float32], present: NDArray[np.bool_]) -> float:
    """Share of the true best (of inner products B x N) that are listed."""
    k = found.depth
    best = np.argsort(-np.where(present, products, -np.inf), axis=1, kind="stable")[:, :k]
    pairs = zip(best.tolist(), found.item_rows.tolist(), strict=True)
    return float(np.mean([len(set(true) & set(listed)) / k for true, listed in pairs]))


def _of(component: type[Component], example: Example) -> Index:
    index = component(component.config_type().model_validate(example))
    assert isinstance(index, Index)
    return index


def _built(component: type[Component], example: Example, table: Embeddings) -> Index:
    return _of(component, example).build(table)


CHECKS = (
    check_finds_the_best,
    check_fills_lists,
    check_follows_changes,
    check_saved_index,
    check_small_tables,
)
