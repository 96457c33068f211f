"""How soon the tower is as good as RecTools' SASRec gets: seconds until validation NDCG@10 reaches 0.105 on P1.

    python -m benchmarks.time_to_accuracy

Both train on the same split with the same threads in the same run; judging the validation users is not counted on
either side. Ours counts reading the texts with an empty cache, and everything else before the first epoch. Where
SASRec never gets there, the time of its 40 epochs stands, a lower bound.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.accuracy import ROOT
from benchmarks.peers import Settings, peer_named, run_peer
from genre.config.loading import load_recipe
from genre.pipeline.assemble import prepare
from genre.recommenders.base import Task
from genre.recommenders.tower import TowerConfig, TowerRecommender

GOAL, BAR = 0.105, 1 / 3


class TimedTower(TowerRecommender):
    """The tower, noting when each validation value was known."""

    config: TowerConfig
    began: float
    clock: list[tuple[float, float]]

    def _judge(self, task: Task, tower: Any) -> Callable[[], float] | None:
        judge, judging = super()._judge(task, tower), 0.0
        self.clock = []
        if judge is None:
            return None

        def timed() -> float:
            nonlocal judging
            before = time.perf_counter()
            self_seconds = before - self.began - judging
            value = judge()
            judging += time.perf_counter() - before
            self.clock.append((self_seconds, value))
            return value

        return timed


def ours(threads: int, out: Path) -> dict[str, Any]:
    """Seconds of reading texts and of training until the goal, and the split for the others."""
    import torch

    torch.set_num_threads(threads)
    recipe = load_recipe(ROOT / "recipes" / "ml100k_p1.yaml")
    prepared = prepare(recipe)
    split = next(prepared.splits())
    split.to_frame().write_parquet(out / "split.parquet")
    start = time.perf_counter()
    task = prepared.task(split)
    encoding = time.perf_counter() - start
    tower = TimedTower()
    tower.began = time.perf_counter()
    tower.fit(task)
    total = time.perf_counter() - tower.began
    reached = next((seconds for seconds, value in tower.clock if value >= GOAL), None)
    return {"encoding": encoding, "training": reached, "whole fit": total, "curve": tower.clock}


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ours-only", type=Path, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours_only is not None:
        print(json.dumps(ours(options.threads, options.ours_only)))
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
        command = [sys.executable, "-m", "benchmarks.time_to_accuracy", "--threads", str(options.threads)]
        subprocess.run([*command, "--ours-only", folder], check=True, capture_output=True, env=environment)
        text_cache = Path(folder) / "cache"
        link_example(text_cache)
        environment["GENRE_CACHE"] = str(text_cache)
        done = subprocess.run(
            [*command, "--ours-only", folder], check=True, capture_output=True, text=True, env=environment
        )
        mine = json.loads(done.stdout.splitlines()[-1])
        peer = run_peer(
            peer_named("rectools-sasrec"),
            out / "split.parquet",
            Settings("p1", threads=options.threads),
            ["--reach", f"ndcg@10={GOAL}", "--on", "valid"],
        )
    show(mine, peer.record["reach"])


def link_example(cache: Path) -> None:
    """A cache that holds the built-in example and no text vectors."""
    from genre.core.cache_dir import cache_dir

    cache.mkdir()
    (cache / "movielens-100k").symlink_to(cache_dir() / "movielens-100k")


def show(mine: dict[str, Any], reach: dict[str, Any]) -> None:
    """The two lines and the verdict."""
    if mine["training"] is None:
        raise SystemExit(f"the tower never reached {GOAL}: {mine['curve']}")
    seconds = mine["encoding"] + mine["training"]
    theirs = reach["seconds"] or reach["epochs"][-1]["seconds"]
    best = max(epoch["ndcg@10"] for epoch in reach["epochs"])
    print(f"GENRE tower: {seconds:.1f} s (texts {mine['encoding']:.1f}, training {mine['training']:.1f})")
    print(f"RecTools SASRec: {theirs:.1f} s{'' if reach['seconds'] else ' and not there'} (best {best:.4f})")
    print(f"ratio {seconds / theirs:.3f}, bar {BAR:.3f}: {'held' if seconds / theirs <= BAR else 'missed'}")
    raise SystemExit(0 if seconds / theirs <= BAR else 1)


if __name__ == "__main__":
    main()
