"""Judging at scale: time, memory, and the share of the time that goes into the matrix product and the top-k.

    python benchmarks/judging.py                 200,000 users, 50,000 items, a factor model of width 64
    python benchmarks/judging.py --users 5000    the same, small

Every metric is measured at 10 and at 100. Data are synthetic: interactions drawn by a power law over the items, factors
drawn at random, so the numbers say nothing about quality. The work runs in a process of its own, whose peak memory is
the one that is shown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from genre.config.recipe import METRICS
from genre.core.artifacts import State
from genre.core.progress import peak_mib
from genre.experiment import judge as judging
from genre.experiment.contest import Measure, NamedModel, Rules, hold_contest
from genre.experiment.exam import Exam
from genre.experiment.report import Background
from genre.experiment.summary import summarize
from genre.ranking import _chain
from genre.recommenders.base import Recommender, RecommenderConfig, Task
from genre.values import Catalog, Embeddings, Histories, Interactions, Split, Vocabulary

CUTS = (10, 100)
LIMIT_MIB, LEAST_SHARE = 3 * 1024, 0.6


@dataclass
class Watch:
    """Seconds by what they were spent on."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - began

    def timed(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            with self.on(what):
                return function(*args)

        return call


class FactorConfig(RecommenderConfig):
    """Nothing to choose."""


class FactorRecommender(Recommender):
    """User factors times item factors, both given."""

    config: FactorConfig
    width = 64

    def _fit(self, task: Task) -> None:
        random = np.random.default_rng(1)
        self.users = random.standard_normal((task.catalog.n_users, self.width), dtype=np.float32)
        self.items = random.standard_normal((task.catalog.n_items, self.width), dtype=np.float32)

    def _score(self, histories: Histories) -> NDArray[np.float32]:
        return self.users[histories.user_rows] @ self.items.T

    def _state(self) -> State:
        return State()

    def _restore(self, state: State) -> None: ...


def synthetic(n_users: int, n_items: int, n_history: int, n_relevant: int) -> tuple[Split, Catalog]:
    """Distinct test items per user among random ones; training items by a power law."""
    random = np.random.default_rng(0)
    users, items = (Vocabulary(pl.Series(np.arange(n)).cast(pl.String)) for n in (n_users, n_items))

    def part(per_user: int, power: float) -> Interactions:
        rows = np.repeat(np.arange(n_users, dtype=np.int32), per_user)
        drawn = np.minimum((n_items * random.random(len(rows)) ** power).astype(np.int32), n_items - 1)
        return Interactions(users, items, rows, drawn)

    train = part(n_history, 3.0)
    split = Split(train, train.take(np.empty(0, dtype=np.int64)), part(n_relevant, 2.0), kind="synthetic")
    return split, Catalog(items, users, pl.DataFrame({"item_id": items.ids}))


def _watch(watch: Watch, model: FactorRecommender, rules: Rules) -> None:
    """Time the parts where they are called; this process does nothing else afterwards."""
    setattr(model, "_score", watch.timed("matrix product", model._score))  # noqa: B010
    setattr(_chain, "top", watch.timed("top-k", _chain.top))  # noqa: B010
    setattr(judging, "area", watch.timed("auc", judging.area))  # noqa: B010
    for measure in rules.measures:
        setattr(measure.metric, "measure", watch.timed("metrics", measure.metric.measure))  # noqa: B010


def work(options: argparse.Namespace) -> dict[str, Any]:
    """What the process of its own does."""
    watch = Watch()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    split, catalog = synthetic(options.users, options.items, options.history, options.relevant)
    model = FactorRecommender(FactorConfig())
    model.fit(Task(split.without_test(), catalog))
    of_lists = [name for name in METRICS.types() if not METRICS.component(name).needs_ratings]
    metrics = [name for name in of_lists if name != "auc" or not options.without_auc]
    rules = Rules(tuple(Measure.of(f"{name}@{k}") for name in metrics for k in CUTS))
    start_mib = peak_mib()

    _watch(watch, model, rules)
    began = time.perf_counter()
    exam = Exam.of(split, catalog, vectors=Embeddings(model.items, np.ones(len(model.items), dtype=np.bool_)))
    played = hold_contest([NamedModel("factors", model)], exam, rules)
    total = time.perf_counter() - began
    judged_mib = peak_mib()
    with watch.on("intervals"):
        report = summarize([played], rules, Background())
    core = watch.seconds["matrix product"] + watch.seconds["top-k"]
    return {
        "metrics": [measure.name for measure in rules.measures],
        "ndcg@10": report.models[0].metrics["ndcg@10"].mean,
        "seconds": total,
        "parts": watch.seconds,
        "share": core / total,
        "start_mib": start_mib,
        "peak_mib": judged_mib,
        "peak_mib_with_intervals": peak_mib(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--history", type=int, default=30, help="training interactions per user")
    parser.add_argument("--relevant", type=int, default=1, help="test items per user")
    parser.add_argument("--without-auc", action="store_true", help="leave out the metric that looks at every score")
    parser.add_argument("--threads", type=int, help="of torch; the matrix product follows OMP_NUM_THREADS")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_process:
        print(json.dumps(work(options)))
        return 0
    command = [sys.executable, __file__, *sys.argv[1:], "--in-process"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    share, peak, parts = result["share"], result["peak_mib_with_intervals"], result["parts"]
    print(f"{options.users:,} users x {options.items:,} items, {options.relevant} test items each")
    print(f"{len(result['metrics'])} metrics: {' '.join(result['metrics'])}")
    print(f"judged in {result['seconds']:.1f} s; of these")
    for what in ("matrix product", "top-k", "auc", "metrics"):
        seconds = parts.get(what, 0.0)
        print(f"  {what:15} {seconds:7.1f} s  {seconds / result['seconds']:5.1%}")
    print(f"intervals of all metrics and buckets, 1,000 samples, afterwards: {parts['intervals']:.1f} s")
    print(
        f"matrix product and top-k: {share:.1%} of that (at least {LEAST_SHARE:.0%}: {_verdict(share >= LEAST_SHARE)})"
    )
    print(f"peak memory: {peak:,.0f} MiB (below {LIMIT_MIB:,}: {_verdict(peak < LIMIT_MIB)})")
    print(f"of these before judging, for packages, data and model: {result['start_mib']:,.0f} MiB")
    return 0 if share >= LEAST_SHARE and peak < LIMIT_MIB else 1


def _verdict(holds: bool) -> str:
    return "yes" if holds else "NO"


if __name__ == "__main__":
    sys.exit(main())
