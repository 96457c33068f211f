"""What the peers did, as one table and one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.peers.runner import PeerRun, Settings

SHOWN = ("hit_rate", "ndcg", "mrr", "recall")
SECONDS = ("fit_seconds", "tune_seconds", "list_seconds")


def results_document(runs: Sequence[PeerRun], split_path: Path, settings: Settings) -> dict[str, Any]:
    """The results with what they were measured on."""
    split = pl.read_parquet(split_path)
    test = split.filter(pl.col("part") == "test")
    return {
        "split": {
            "file": split_path.name,
            "protocol": settings.protocol,
            "n_users": split["user_id"].n_unique(),
            "n_items": split["item_id"].n_unique(),
            "n_test_users": test["user_id"].n_unique(),
        },
        "seed": settings.seed,
        "threads": settings.threads,
        "peers": [_entry(run) for run in runs],
    }


def _entry(run: PeerRun) -> dict[str, Any]:
    metrics = {} if run.scores is None else run.scores.means
    missing = None if run.scores is None else run.scores.n_without_list
    about = {"name": run.peer.name, "title": run.peer.title, "failure": run.failure or None}
    return about | run.record | {"metrics": metrics, "n_users_without_list": missing}


def as_frame(runs: Sequence[PeerRun], ks: Sequence[int]) -> pl.DataFrame:
    """One row per peer: library, model, the metrics at every k, seconds, peak MiB; nulls where it failed."""
    rows = []
    for run in runs:
        library = f"{run.peer.library} {run.record.get('version', '')}".strip()
        means = {} if run.scores is None else run.scores.means
        metrics = {f"{name}@{k}": means.get(f"{name}@{k}") for k in ks for name in SHOWN}
        costs = {name: run.record.get(name) for name in (*SECONDS, "peak_mib")}
        rows.append({"library": library, "model": run.peer.title, **metrics, **costs})
    return pl.DataFrame(rows, infer_schema_length=None)


def printed(runs: Sequence[PeerRun], ks: Sequence[int]) -> str:
    """The table as Markdown, and a line for each failure."""
    frame = as_frame(runs, ks)
    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.width]
    for row in frame.rows():
        lines.append("| " + " | ".join(_cell(n, v) for n, v in zip(frame.columns, row, strict=True)) + " |")
    lines += [f"\n{run.peer.name} failed: {run.failure}" for run in runs if run.failure]
    return "\n".join(lines)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if name == "peak_mib":
        return f"{value:.0f}"
    return f"{value:.2f}" if name in SECONDS else f"{value:.4f}"
