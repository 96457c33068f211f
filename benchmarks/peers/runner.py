"""Run peers on a split, each as a process of its own, and score their lists."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.peers.catalog import PEERS, Peer
from benchmarks.peers.environments import PeerError, call, python_of
from benchmarks.scoring import Scores, score
from genre.core.errors import GenreError

TIMEOUT_S = 3600.0


@dataclass(frozen=True, eq=False)
class PeerRun:
    """What one peer did.

    Attributes:
        lists: model (the peer's name), user_id, item_id, rank, score; None when it failed.
        record: what its script reports: library, version, settings, seed, threads, fit_seconds, tune_seconds,
            list_seconds, peak_mib, and `reach` when asked for.
        failure: why there is nothing, else empty.
    """

    peer: Peer
    lists: pl.DataFrame | None = None
    scores: Scores | None = None
    record: dict[str, Any] = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True)
class Settings:
    """How peers are run: protocol p1 has train + valid as history at test time, p2 has train."""

    protocol: str
    threads: int = 2
    seed: int = 42
    depth: int = 20
    ks: tuple[int, ...] = (10, 20)
    timeout_s: float = TIMEOUT_S


def run_peer(peer: Peer, split_path: Path, settings: Settings, extra: Sequence[str] = ()) -> PeerRun:
    """Run one peer; `extra` goes to its script (`--reach ndcg@10=0.105`). A failure is told, not raised."""
    print(f"{peer.name} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "lists.parquet"
        try:
            python = python_of(peer.library, peer.requirements)
            command = [str(python), str(peer.script), str(split_path), str(out), "--protocol", settings.protocol]
            command += ["--model", peer.model, "--depth", str(settings.depth), "--seed", str(settings.seed)]
            call([*command, "--threads", str(settings.threads), *extra], settings.threads, settings.timeout_s)
            lists = pl.read_parquet(out).with_columns(model=pl.lit(peer.name))
            record = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
            scores = score(pl.read_parquet(split_path), lists, settings.ks)
        except (PeerError, GenreError) as error:
            return PeerRun(peer, failure=str(error))
    return PeerRun(peer, lists, scores, record)


def run_peers(split_path: Path, settings: Settings, only: Iterable[str] = ()) -> list[PeerRun]:
    """Run all peers, or those whose name or library is in `only`, one after the other."""
    wanted = set(only)
    chosen = [peer for peer in PEERS if not wanted or wanted & {peer.name, peer.library}]
    return [run_peer(peer, split_path, settings) for peer in chosen]


def joined_lists(runs: Sequence[PeerRun]) -> pl.DataFrame:
    """The lists of all peers that did not fail."""
    return pl.concat([run.lists for run in runs if run.lists is not None])
