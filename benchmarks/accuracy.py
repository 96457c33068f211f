"""Accuracy on a split, GENRE's recipe beside the public libraries, one scorer, several seeds.

    python -m benchmarks.accuracy p1              MovieLens-100k, the last film of each user
    python -m benchmarks.accuracy p2              MovieLens-100k, a random tenth of each user's films
    python -m benchmarks.accuracy beauty --data FOLDER   Amazon Beauty (interactions.parquet, items.parquet)

`--no-peers` leaves the other libraries out, `--seeds 1` runs one seed. Every number comes from lists on disk: ours
from `genre evaluate --lists`, theirs from environments of their own (`benchmarks/peers`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.peers import Settings, joined_lists, run_peers
from benchmarks.scoring import score_models
from genre.core.artifacts import write_json

ROOT = Path(__file__).parent.parent
SEEDS = (42, 43, 44)


@dataclass(frozen=True)
class Setup:
    """One table: our recipes, the peers' protocol, the metrics shown, the peers (none named: all)."""

    recipes: tuple[str, ...]
    protocol: str
    shown: tuple[str, ...]
    peers: tuple[str, ...] = ()


SETUPS = {
    "p1": Setup(("ml100k_p1.yaml",), "p1", ("hit_rate@10", "ndcg@10", "mrr@10")),
    "p2": Setup(("ml100k_p2.yaml",), "p2", ("recall@10", "ndcg@10", "recall@20", "ndcg@20")),
    "beauty": Setup(
        ("beauty.yaml",), "p1", ("hit_rate@10", "ndcg@10", "mrr@10"), ("popularity", "implicit-als", "irspack-ials")
    ),
}


def main() -> None:
    """Run one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("setup", choices=sorted(SETUPS))
    parser.add_argument("--out", type=Path, default=None, help="folder for lists, splits and results")
    parser.add_argument("--data", type=Path, default=None, help="folder with the tables, where the recipe needs one")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many seeds of ours")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    setup, out = SETUPS[options.setup], options.out or ROOT / "runs" / options.setup
    out.mkdir(parents=True, exist_ok=True)
    rows = [row for name in setup.recipes for row in our_rows(name, options, out)]
    if not options.no_peers:
        rows += peer_rows(setup, options, out)
    table = in_table(rows, setup.shown)
    write_json({"setup": options.setup, "rows": table.to_dicts()}, out / "results.json")
    print(markdown(table))


def our_rows(recipe: str, options: argparse.Namespace, out: Path) -> list[dict[str, Any]]:
    """A row per model and seed."""
    rows = []
    for seed in SEEDS[: options.seeds]:
        lists, split = out / f"{Path(recipe).stem}-{seed}.parquet", out / "split"
        command = [str(Path(sys.executable).parent / "genre"), "evaluate", str(ROOT / "recipes" / recipe), "--json"]
        command += ["--set", f"seed={seed}", "--lists", str(lists), "--split-out", str(split)]
        if options.data is not None:
            for table in ("interactions", "items"):
                command += ["--set", f"data.source.{table}={options.data / f'{table}.parquet'}"]
        environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        report = {model["name"]: model for model in json.loads(done.stdout)["models"]}
        joined_split(split, out)
        for name, scores in score_models(pl.read_parquet(out / "split.parquet"), pl.read_parquet(lists)).items():
            mine = report[name]
            check_means(mine, scores.means)
            costs = {"fit s": mine["fit_seconds"], "lists s": mine["recommend_seconds"], "peak MiB": mine["peak_mib"]}
            rows.append({"library": "GENRE", "model": name, "seed": seed, **scores.means, **costs})
        print(f"{recipe}, seed {seed}: done", file=sys.stderr)
    return rows


def joined_split(folder: Path, out: Path) -> None:
    """The written parts as one table with a part column, as the peers and the scorer take it."""
    parts = [
        pl.read_parquet(folder / f"{part}.parquet").with_columns(part=pl.lit(part))
        for part in ("train", "valid", "test")
    ]
    pl.concat(parts).write_parquet(out / "split.parquet")


def check_means(model: dict[str, Any], means: dict[str, float]) -> None:
    """The report's own means must come out of the lists again."""
    for name, value in model["metrics"].items():
        if name in means and abs(value["mean"] - means[name]) > 1e-9:
            raise SystemExit(f"{model['name']} {name}: report {value['mean']}, lists {means[name]}")


def peer_rows(setup: Setup, options: argparse.Namespace, out: Path) -> list[dict[str, Any]]:
    """A row per peer; one that fails is named and left out."""
    settings = Settings(setup.protocol, threads=options.threads, seed=SEEDS[0])
    runs = run_peers(out / "split.parquet", settings, only=setup.peers)
    joined_lists(runs).write_parquet(out / "peers.parquet")
    rows = []
    for run in runs:
        if run.failure or run.scores is None:
            print(f"{run.peer.name} failed: {run.failure}", file=sys.stderr)
            continue
        record = run.record
        costs = {"fit s": record["fit_seconds"], "lists s": record["list_seconds"], "peak MiB": record["peak_mib"]}
        library, model = run.peer.library, run.peer.model
        rows.append({"library": library, "model": model, "seed": SEEDS[0], **run.scores.means, **costs})
    return rows


def in_table(rows: list[dict[str, Any]], shown: tuple[str, ...]) -> pl.DataFrame:
    """Mean over seeds of everything, and the spread (largest minus smallest) of NDCG@10; best first."""
    costs = ("fit s", "lists s", "peak MiB")
    frame = pl.DataFrame(rows, infer_schema_length=None)
    table = frame.group_by("library", "model", maintain_order=True).agg(
        pl.len().alias("seeds"),
        *(pl.col(name).mean() for name in (*shown, *costs)),
        (pl.col("ndcg@10").max() - pl.col("ndcg@10").min()).alias("spread of ndcg@10"),
    )
    return table.sort("ndcg@10", descending=True)


def in_threads(number: int) -> str:
    """1 thread, 2 threads."""
    return f"{number} thread{'' if number == 1 else 's'}"


def markdown(table: pl.DataFrame) -> str:
    """The table for a README."""
    head = "| " + " | ".join(table.columns) + " |"
    lines = [head, "|" + "---|" * len(table.columns)]
    for row in table.iter_rows():
        cells = [
            f"{cell:.4f}"
            if isinstance(cell, float) and abs(cell) < 1
            else f"{cell:.1f}"
            if isinstance(cell, float) and np.isfinite(cell)
            else str(cell)
            for cell in row
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
