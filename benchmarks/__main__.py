"""Run every benchmark that needs no tables beside the built-in example, one after the other, and name the others.

python -m benchmarks           takes hours: most of them go to tuning language models and to the named recipes
python -m benchmarks --list    what is run, and what the others need
"""

from __future__ import annotations

import shlex
import subprocess
import sys

RUNS = (
    "large_csv",
    "judging",
    "text_encoding",
    "time_to_accuracy",
    "cold_items",
    "accuracy p1",
    "accuracy p2",
    "models",
    "text_tuning --cache",
    "text_tuning --smollm2",
    "text_tuning",
)
MOVIELENS = "the tables of MovieLens-100k with plots and a graph, ml_latest_small beside them, and posters"
OTHERS = {
    "ablation --data FOLDER --posters FOLDER": MOVIELENS,
    "models --data FOLDER --posters FOLDER": MOVIELENS,
    "alignment --data FOLDER": "interactions.parquet and items.parquet of MovieLens-100k, posters in the folder above",
    "accuracy beauty --data FOLDER": "interactions.parquet and items.parquet of Amazon Beauty",
    "cold_items --data FOLDER": "interactions.parquet and items.parquet of MovieTweetings with descriptions",
    "cold_items --peers": "no tables; installs LightFM and Cornac into environments of their own",
}


def main(arguments: list[str]) -> int:
    """Run all, and say at the end which missed their bars; with `--list`, name them only."""
    if arguments not in ([], ["--list"]):
        print(__doc__, file=sys.stderr)
        return 2
    missed = []
    for run in RUNS:
        print(f"python -m benchmarks.{run}", flush=True)
        if not arguments and _failed(run):
            missed.append(run)
    print("\nNot run, since they need more:")
    for run, needs in OTHERS.items():
        print(f"python -m benchmarks.{run}\n    {needs}")
    if not arguments:
        print(f"\nmissed: {', '.join(missed) or 'none'}")
    return int(bool(missed))


def _failed(run: str) -> bool:
    return bool(subprocess.run([sys.executable, "-m", *shlex.split(f"benchmarks.{run}")], check=False).returncode)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
