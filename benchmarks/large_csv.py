"""One large CSV of interactions: read, cleaned, numbered and split by time, beside what polars needs to parse it.

    python -m benchmarks.large_csv                    20 million rows, about 500 MB
    python -m benchmarks.large_csv --rows 2000000     a quick look

The file is generated in a temporary folder. Each measurement runs in a process of its own, so that peaks are its own;
`polars.read_csv` of the same file is the physical reference: parsing alone, nothing cleaned or numbered.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from genre.core.progress import peak_mib
from genre.core.slot import Slot

BAR_ROWS, BAR_SECONDS, BAR_MIB = 20_000_000, 60.0, 4096.0
N_USERS, N_ITEMS = 140_000, 27_000
CHUNK = 1_000_000


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=BAR_ROWS)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--measure", choices=sorted(MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(MEASURES[asked.measure](asked.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "interactions.csv"
        subprocess.run(_command("generate", path, asked.rows), check=True, stdout=subprocess.DEVNULL)
        results = {name: _measured(name, path, asked.rows) for name in ("polars", "genre")}
        results["file"] = {"rows": asked.rows, "mb": round(path.stat().st_size / 1e6, 1)}
    seconds, mib = results["genre"]["seconds"], results["genre"]["peak_mib"]
    results["bar"] = {
        "seconds": BAR_SECONDS,
        "peak_mib": BAR_MIB,
        "is_met": seconds <= BAR_SECONDS and mib <= BAR_MIB if asked.rows >= BAR_ROWS else None,
    }
    print(json.dumps(results) if asked.json else _table(results))


def generate(path: Path) -> dict[str, Any]:
    """Random rows with long-tailed users and items; as many as the name of the running command says."""
    n_rows = int(sys.argv[sys.argv.index("--rows") + 1])
    random = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, n_rows, CHUNK):
            size = min(CHUNK, n_rows - start)
            table = pl.DataFrame(
                {
                    "user_id": (N_USERS * random.random(size) ** 2).astype(np.int64),
                    "item_id": (N_ITEMS * random.random(size) ** 3).astype(np.int64),
                    "rating": random.integers(1, 11, size) / 2,
                    "timestamp": random.integers(790_000_000, 1_430_000_000, size),
                }
            )
            table.write_csv(file, include_header=start == 0)
    return {}


def measure_polars(path: Path) -> dict[str, Any]:
    """Parsing alone."""
    start = time.perf_counter()
    table = pl.read_csv(path)
    return {"seconds": time.perf_counter() - start, "peak_mib": peak_mib(), "rows": len(table)}


def measure_genre(path: Path) -> dict[str, Any]:
    """Reading with all checks, then the temporal split."""
    start = time.perf_counter()
    dataset = Slot("sources").build({"type": "csv", "interactions": str(path)}).read()
    read = time.perf_counter()
    split = next(Slot("splitters").build("temporal").split(dataset, 42))
    end = time.perf_counter()
    parts = [len(part) for part in (split.train, split.valid, split.test)]
    assert sum(parts) == len(dataset.interactions)
    assert split.train.timestamps.max() < split.test.timestamps.min()
    return {
        "seconds": end - start,
        "read_seconds": read - start,
        "split_seconds": end - read,
        "peak_mib": peak_mib(),
        "rows": len(dataset.interactions) + dataset.n_quarantined,
        "parts": parts,
        "set_aside": dataset.n_quarantined,
    }


MEASURES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "generate": generate,
    "polars": measure_polars,
    "genre": measure_genre,
}


def _command(name: str, path: Path, rows: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.large_csv", "--measure", name, "--file", str(path), "--rows", str(rows)]


def _measured(name: str, path: Path, rows: int) -> dict[str, Any]:
    done = subprocess.run(_command(name, path, rows), check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    if result["rows"] != rows:
        raise SystemExit(f"{name} accounts for {result['rows']} of {rows} rows")
    return result


def _table(results: dict[str, Any]) -> str:
    genre, polars, bar = results["genre"], results["polars"], results["bar"]
    verdict = {True: "met", False: "MISSED", None: f"holds for {BAR_ROWS:,} rows"}[bar["is_met"]]
    lines = [
        f"{results['file']['rows']:,} rows, {results['file']['mb']:,.0f} MB",
        f"{'':24}{'seconds':>10}{'peak MiB':>10}",
        f"{'polars.read_csv':24}{polars['seconds']:>10.1f}{polars['peak_mib']:>10.0f}",
        f"{'genre: read':24}{genre['read_seconds']:>10.1f}",
        f"{'genre: temporal split':24}{genre['split_seconds']:>10.1f}",
        f"{'genre: both':24}{genre['seconds']:>10.1f}{genre['peak_mib']:>10.0f}",
        f"{'bar':24}{bar['seconds']:>10.1f}{bar['peak_mib']:>10.0f}  {verdict}",
        f"{genre['seconds'] / polars['seconds']:.1f} times as long as parsing; {genre['set_aside']} rows set aside",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
