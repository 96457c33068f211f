"""Whole experiments in processes of their own, kept on disk: a run with the same recipe is read, not done again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.accuracy import check_means, joined_split
from benchmarks.scoring import Scores, score_models
from genre.core.artifacts import read_json, write_json

MIB = 2**20 if sys.platform == "darwin" else 2**10
"""What the system counts peak memory in, as a part of a MiB."""


@dataclass(frozen=True)
class KeptRun:
    """What `genre evaluate --json --lists --split-out` gave for one recipe.

    Attributes:
        report: the document that it printed.
        seconds: from start to end of the process: reading, encoding what no cache holds, training, judging.
        peak_mib: the most memory that the process held.
        folder: holds recipe.yaml, lists.parquet and split.parquet.
    """

    report: Mapping[str, Any]
    seconds: float
    peak_mib: float
    folder: Path

    @property
    def model(self) -> Mapping[str, Any]:
        """The line of the recipe's own recommender."""
        own: Mapping[str, Any] = self.report["models"][-1]
        return own

    @property
    def split(self) -> pl.DataFrame:
        """user_id, item_id, part."""
        return pl.read_parquet(self.folder / "split.parquet")

    def scores(self) -> Scores:
        """Metrics of each test user, computed from the lists, whose means are the report's."""
        lists = pl.read_parquet(self.folder / "lists.parquet")
        scores = score_models(self.split, lists)[self.model["name"]]
        check_means(dict(self.model), scores.means)
        return scores


def run_kept(recipe: Mapping[str, Any], folder: Path, threads: int) -> KeptRun | None:
    """Evaluate a complete recipe (plain values), or read what it gave before; None where it failed.

    Delete `folder` to have it done again, after a change of the tables or of the code, say.
    """
    kept = folder / "result.json"
    if kept.exists():
        found = read_json(kept)
        if found["recipe"] == recipe:
            return KeptRun(found["report"], found["seconds"], found["peak_mib"], folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(dict(recipe), folder / "recipe.yaml")
    seconds, peak_mib, code = _evaluated(folder, threads)
    if code:
        print(f"{folder.name} failed with exit status {code}", file=sys.stderr, flush=True)
        return None
    joined_split(folder / "split", folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    write_json({"recipe": recipe, "seconds": seconds, "peak_mib": peak_mib, "report": report}, kept)
    run = KeptRun(report, seconds, peak_mib, folder)
    value = next(iter(run.model["metrics"].items()))
    print(f"{folder.name}: {value[0]} {value[1]['mean']:.4f}, {seconds:.0f} s", file=sys.stderr, flush=True)
    return run


def _evaluated(folder: Path, threads: int) -> tuple[float, float, int]:
    """Seconds, peak memory (MiB) and exit status."""
    command = [str(Path(sys.executable).parent / "genre"), "evaluate", str(folder / "recipe.yaml"), "--json"]
    command += ["--lists", str(folder / "lists.parquet"), "--split-out", str(folder / "split")]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    with (folder / "report.json").open("w", encoding="utf-8") as printed:
        process = subprocess.Popen(command, stdout=printed, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - start, usage.ru_maxrss / MIB, process.returncode
