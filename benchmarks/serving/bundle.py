"""The MovieLens bundle that the benchmarks serve: fitted once by `genre fit`, kept in runs/serving."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

RUNS = Path("runs/serving")
FIT = ("fit", "recipes/ml100k_p1.yaml", "--set", "recommender=hybrid")


def movielens(given: Path | None = None, runs: Path = RUNS) -> Path:
    """A bundle of the built-in example; without one of the user's it is fitted where there is none yet."""
    if given is not None:
        return given
    path = runs / "movielens"
    if not (path / "bundle.json").exists():
        runs.mkdir(parents=True, exist_ok=True)
        print(f"fits {path} once: genre {' '.join(FIT)} -o {path}", flush=True)
        subprocess.run([sys.executable, "-m", "genre", *FIT, "-o", str(path)], check=True, stdout=subprocess.DEVNULL)
    return path


def ids(bundle: Path, side: str) -> list[str]:
    """Of all items or users of a bundle."""
    found: list[str] = json.loads((bundle / "catalog" / f"{side}_ids.json").read_text())
    return found
