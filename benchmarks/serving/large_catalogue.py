"""Large catalogues, inside one process: what a list costs with 100,000 items, and what an index finds in a million.

python -m benchmarks.serving.large_catalogue            both parts, about ten minutes on two cores
python -m benchmarks.serving.large_catalogue lists      `Service.recommend` at 100 requests/s, exact and by an index
python -m benchmarks.serving.large_catalogue indexes    recall, speed and memory of usearch beside exact search

Bars: p99 of `Service.recommend` at 100 requests/s at most 30 ms with 100,000 items of 64 numbers, all compared or
found by an index, and with 384 numbers by an index; recall@10 of usearch at least 0.95, its search at least 3 times as
fast as exact search over 100,000 vectors of 64 numbers (which may fit a processor's cache) and 20 times over 1,000,000.
Requests arrive at random moments and wait when they must: a time counts from the moment of arrival. HTTP comes on top:
see benchmarks.serving.latency.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.synthetic import model
from genre.config.recipe import INDEXES
from genre.indexes.base import Index
from genre.pipeline.model import Model
from genre.serving.questions import RecommendQuestion
from genre.serving.service import Service
from genre.serving.settings import ServiceSettings
from genre.serving.store.sql import SqlStore
from genre.values import Embeddings

N_ITEMS, RATE, SECONDS, THREADS = 100_000, 100, 10, 4
NARROW, WIDE = 64, 384
CASES = (("ials", NARROW), ("content", NARROW), ("tower", NARROW), ("ials", WIDE))
MOST_MS, LEAST_RECALL, K = 30.0, 0.95, 10
USEARCH = {"type": "usearch", "n_threads": 0}
SEARCHED = ((100_000, 3.0), (1_000_000, 20.0))
MIB = 2**20


def lists() -> list[Bar]:
    """Each recommender, narrow and wide, exact and by an index."""
    found = []
    for recommender, dim in CASES:
        with tempfile.TemporaryDirectory() as folder:
            fitted = model(Path(folder), N_ITEMS, dim, recommender)
            for index in ("exact", "usearch"):
                p50, p99 = np.percentile(_timed(fitted, index, Path(folder)), (50, 99))
                name = f"{recommender}, {N_ITEMS:,} x {dim}, {index}"
                print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
                if dim == NARROW or index == "usearch":
                    found.append(Bar(f"p99 of a list, {name}", p99, MOST_MS, " ms"))
    return found


def _timed(fitted: Model, index: str, folder: Path) -> NDArray[np.float64]:
    """Milliseconds from arrival to list of each request."""
    store = SqlStore.open(folder / f"{index}.db")
    service = Service(fitted, "large", store, ServiceSettings(index=USEARCH if index == "usearch" else "exact"))
    random = np.random.default_rng(0)
    users = random.integers(0, fitted.catalog.n_users, RATE * SECONDS)
    arrivals = np.cumsum(random.exponential(1 / RATE, len(users)))
    for user in users[:50]:
        service.recommend(RecommendQuestion(user_id=f"u{user}"))
    begin = time.perf_counter() + 0.1

    def answer(place: int) -> float:
        service.recommend(RecommendQuestion(history=_history(fitted, int(users[place]))))
        return (time.perf_counter() - begin - arrivals[place]) * 1e3

    with ThreadPoolExecutor(THREADS) as pool:
        waiting = []
        for place, at in enumerate(arrivals):
            time.sleep(max(begin + at - time.perf_counter(), 0))
            waiting.append(pool.submit(answer, place))
        times = np.array([one.result() for one in waiting])
    store.close()
    return times


def _history(fitted: Model, user: int) -> tuple[str, ...]:
    """As it is posted: of nobody whose scores are kept."""
    rows = fitted.histories[user][-30:]
    return tuple(f"i{row}" for row in rows)


def indexes() -> list[Bar]:
    """Usearch beside exact search over the same vectors, for the same queries, one at a time."""
    found = []
    for n_items, least in SEARCHED:
        table, queries = _table(n_items), _queries()
        exact, _ = _built("exact", table, queries)
        near, seconds = _built(USEARCH, table, queries)
        best, exact_ms = _searched(exact, queries)
        rows, near_ms = _searched(near, queries)
        recall = float(np.mean([len(set(a) & set(b)) / K for a, b in zip(best.tolist(), rows.tolist(), strict=True)]))
        health, name = near.health, f"{n_items:,} x {table.dim}"
        print(
            f"{name}: built in {seconds:.0f} s, graph {health.n_bytes / MIB:,.0f} MiB beside vectors of "
            f"{table.vectors.nbytes / MIB:,.0f} MiB, effort {health.effort}, own recall@{K} {health.recall:.3f}; "
            f"exact {exact_ms:.2f} ms, usearch {near_ms:.3f} ms a query",
            flush=True,
        )
        found.append(Bar(f"recall@{K} of usearch, {name}", recall, LEAST_RECALL, most=False))
        found.append(Bar(f"usearch is faster than exact, {name}", exact_ms / near_ms, least, " times", most=False))
    return found


def _table(n_items: int, dim: int = 64) -> Embeddings:
    """Clusters as in `synthetic`, lengths that differ as those of factors do."""
    random = np.random.default_rng(2)
    centres = random.standard_normal((1_000, dim), dtype=np.float32)
    vectors = centres[random.integers(0, len(centres), n_items)]
    vectors += np.float32(0.7) * random.standard_normal(vectors.shape, dtype=np.float32)
    vectors *= random.lognormal(0, 0.2, (n_items, 1)).astype(np.float32)
    return Embeddings(vectors, np.ones(n_items, dtype=np.bool_))


def _queries(n: int = 500, dim: int = 64) -> NDArray[np.float32]:
    """Users between two clusters, with noise."""
    random = np.random.default_rng(2)
    centres = random.standard_normal((1_000, dim), dtype=np.float32)
    pairs = centres[random.integers(0, len(centres), (n, 2))].mean(axis=1)
    found: NDArray[np.float32] = pairs + np.float32(0.3) * random.standard_normal(pairs.shape, dtype=np.float32)
    return found


def _built(config: object, table: Embeddings, queries: NDArray[np.float32]) -> tuple[Index, float]:
    began = time.perf_counter()
    index: Index = INDEXES.build(config)
    index.build(table, queries[:200])
    return index, time.perf_counter() - began


def _searched(index: Index, queries: NDArray[np.float32]) -> tuple[NDArray[np.int32], float]:
    """Rows of each query, and milliseconds of the middle one."""
    rows, times = [], []
    for query in queries[200:]:
        began = time.perf_counter()
        rows.append(index.search(query[None], K).item_rows[0])
        times.append(time.perf_counter() - began)
    return np.stack(rows), float(np.median(times)) * 1e3


PARTS = {"lists": lists, "indexes": indexes}


def main(arguments: list[str]) -> int:
    """Measure, and say which bars are missed."""
    if not set(arguments) <= set(PARTS):
        print(__doc__, file=sys.stderr)
        return 2
    return tell([bar for name, part in PARTS.items() if name in arguments or not arguments for bar in part()])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
