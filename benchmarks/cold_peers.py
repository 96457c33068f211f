"""LightFM and Cornac on a cold-items split, and what our best is to theirs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.cold_export import write_for_peers
from benchmarks.peers import Settings, joined_lists, run_peer
from benchmarks.peers.catalog import COLD_PEERS, COLD_PEERS_ON_VECTORS
from benchmarks.scoring import score_models
from genre.experiment.evaluate import Experiment

METRIC = "ndcg@10"
RATIO = 1.3
PEER, ON_VECTORS = "peer", "peer on our vectors"


def peer_rows(experiment: Experiment, chance: float, folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row per peer on the experiment's split, after a check that the scorer gives our own lists the report's values.

    Raises:
        SystemExit: the values differ, or a peer failed: a comparison without it says nothing.
    """
    split_path = write_for_peers(experiment, folder)
    check_own(experiment, split_path)
    settings = Settings("p2", options.threads, experiment.split.seed or 0, depth=10, ks=(10,), timeout_s=4 * 3600.0)
    extra = ["--features", str(folder / "features"), "--trials", str(options.trials), "--epochs", str(options.epochs)]
    runs = [run_peer(peer, split_path, settings, extra) for peer in (*COLD_PEERS, *COLD_PEERS_ON_VECTORS)]
    failures = [f"{run.peer.name} failed: {run.failure}" for run in runs if run.scores is None]
    if failures:
        raise SystemExit("\n".join(failures))
    joined_lists(runs).write_parquet(folder / "peers.parquet")
    rows = []
    for run in runs:
        assert run.scores is not None
        value, record = run.scores.means[METRIC], run.record
        costs = {"fit s": record["fit_seconds"], "tune s": record["tune_seconds"], "peak MiB": record["peak_mib"]}
        chosen = {"settings": record["settings"], "trials": record["trials"], "version": record["version"]}
        by = PEER if run.peer in COLD_PEERS else ON_VECTORS
        row = {"model": run.peer.name, "by": by, METRIC: value, "times chance": value / chance}
        rows.append(row | costs | chosen)
    return rows


def check_own(experiment: Experiment, split_path: Path) -> None:
    """The peers' scorer and the report agree on our lists."""
    lists = split_path.parent / "ours.parquet"
    experiment.write(lists=lists)
    scores = score_models(pl.read_parquet(split_path), pl.read_parquet(lists), ks=(10,))
    for model in experiment.report.models:
        mean = model.metrics[METRIC].mean
        if mean is None or abs(mean - scores[model.name].means[METRIC]) > 1e-9:
            raise SystemExit(f"{model.name}: report {mean}, lists {scores[model.name].means[METRIC]}")


def verdict(rows: list[dict[str, Any]]) -> tuple[bool, str]:
    """Whether our best is RATIO times the best peer that reads the same columns in its own way, and what to say.

    Peers that are handed our vectors have a line of their own, without a bar: they stand on half of our work.
    """
    held, line = against(rows, PEER)
    lines = [f"{line}, bar {RATIO}: {'held' if held else 'MISSED'}"]
    if any(row["by"] == ON_VECTORS for row in rows):
        lines.append(f"{against(rows, ON_VECTORS)[1]}, handed our vectors")
    return held, "\n".join(lines)


def against(rows: list[dict[str, Any]], peers: str) -> tuple[bool, str]:
    """Whether our best by the mean over draws is RATIO times the best of some peers, and the line that says so.

    The lowest ratio of a draw, of the same two models, stands beside it.
    """
    frame = pl.DataFrame([{name: row[name] for name in ("model", "by", "draw", METRIC)} for row in rows])
    means = frame.group_by("by", "model").agg(pl.col(METRIC).mean()).sort(METRIC, descending=True)
    ours, theirs = (means.filter(pl.col("by") == by).row(0, named=True) for by in ("ours", peers))
    values = {
        name: frame.filter(pl.col("model") == name).sort("draw")[METRIC] for name in (ours["model"], theirs["model"])
    }
    lowest = (values[ours["model"]] / values[theirs["model"]]).min()
    ratio = ours[METRIC] / theirs[METRIC]
    line = f"{ours['model']} {ours[METRIC]:.4f} to {theirs['model']} {theirs[METRIC]:.4f}: {ratio:.2f} times"
    return ratio >= RATIO, f"{line} (lowest draw {lowest:.2f})"
