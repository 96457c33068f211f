"""Schemathesis against the OpenAPI document of a real `genre serve`: no 5xx, no answer that the document does not know.

    python -m benchmarks.serving.fuzz                      500 made-up requests of each route and more: some 10 minutes
    python -m benchmarks.serving.fuzz --examples 20        about a minute

The examples of the document, the edges of every field, made-up requests right and wrong, and routes one after the
other, over HTTP with a key that may do everything. What the document cannot say is in `schemathesis.toml` beside the
test. Ends with exit code 1 where Schemathesis finds a fault, or the log of the service holds one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import movielens
from benchmarks.serving.running import Serving

RULES = Path(__file__).parents[2] / "tests" / "serving" / "api" / "schemathesis.toml"


def main() -> int:
    """Ask, count, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=500, help="made-up requests of each route")
    parser.add_argument("--seed", type=int, help="of Schemathesis, to run it again; without one another each time")
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Serving(movielens(asked.bundle), folder) as service:
            report = fuzzed(service, folder, asked.examples, asked.seed)
        n_faults = sum(
            file.read_text(encoding="utf-8").count('"message":"fault"') for file in folder.glob("start-*.log")
        )
    cases, routes = report["test_cases"], report["operations"]
    print(f"{cases['generated']:,} requests of {routes['tested']} routes in {report['running_time']:,.0f} s")
    return tell(
        [
            Bar("kinds of answers that the document does not allow, or 5xx", cases["unique_failures"], 0),
            Bar("faults in the log of the service", n_faults, 0),
            Bar("routes that were not asked", routes["total"] - routes["tested"], 0),
        ]
    )


def fuzzed(service: Serving, folder: Path, examples: int, seed: int | None) -> dict[str, Any]:
    """What Schemathesis reports; what it finds is printed as it prints it."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(RULES), "run"]
    command += [f"{service.url}/openapi.json", "--header", f"Authorization: Bearer {service.key}"]
    command += ["--max-examples", str(examples), "--continue-on-failure", "--no-color"]
    command += ["--report", "json", "--report-json-path", str(report), *([] if seed is None else ["--seed", str(seed)])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        print(done.stdout[-20_000:], done.stderr[-2_000:])
    return json.loads(report.read_text(encoding="utf-8"))


if __name__ == "__main__":
    raise SystemExit(main())
