"""`python -m benchmarks.peers SPLIT.parquet --protocol p1 --out DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.peers.catalog import PEERS
from benchmarks.peers.runner import Settings, joined_lists, run_peers
from benchmarks.peers.table import printed, results_document
from genre.core.artifacts import replacing, write_json


def main() -> int:
    names = sorted({peer.name for peer in PEERS} | {peer.library for peer in PEERS})
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument(
        "split", type=Path, help="parquet: user_id, item_id, rating, timestamp, part (train|valid|test)"
    )
    parser.add_argument(
        "--protocol", choices=["p1", "p2"], required=True, help="history at test: p1 train+valid, p2 train"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for lists.parquet and results.json")
    parser.add_argument("--only", nargs="+", choices=names, default=[], metavar="NAME", help=", ".join(names))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    if not options.split.is_file():
        parser.error(f"{options.split}: no such file")

    settings = Settings(options.protocol, options.threads, options.seed)
    runs = run_peers(options.split, settings, options.only)
    write_json(results_document(runs, options.split, settings), options.out / "results.json")
    if any(run.lists is not None for run in runs):
        with replacing(options.out / "lists.parquet") as path:
            joined_lists(runs).write_parquet(path)
    print(printed(runs, settings.ks))
    return int(any(run.failure for run in runs))


if __name__ == "__main__":
    sys.exit(main())
