"""Items that nobody touched yet: how much better than chance content puts them in order.

    python -m benchmarks.cold_items                      MovieLens-100k
    python -m benchmarks.cold_items --data FOLDER        MovieTweetings with descriptions beside it

Chance is exact: the expected NDCG of a random order of the same candidates for the same users.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.accuracy import ROOT, SEEDS, markdown
from genre.config.loading import load_recipe
from genre.core.artifacts import write_json
from genre.experiment.evaluate import Experiment, run_experiment
from genre.pipeline.assemble import prepare

BARS = {"ml100k_cold": 5.0, "movietweetings_cold": 6.0}
K = 10


def main() -> None:
    """Print one table per data set and say whether its bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder with MovieTweetings' two parquet tables")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "cold")
    options = parser.parse_args()
    held = True
    for name, bar in BARS.items():
        overrides = []
        if name.startswith("movietweetings"):
            if options.data is None:
                continue
            tables = ("interactions", "items")
            overrides = [f"data.source.{table}={options.data / f'{table}.parquet'}" for table in tables]
        rows = [row for seed in SEEDS[: options.seeds] for row in one_draw(name, [*overrides, f"seed={seed}"])]
        table = in_table(rows)
        write_json(table.to_dicts(), options.out / f"{name}.json")
        best = table.filter(pl.col("model") != "random order")["times chance"].max()
        held &= bool(best >= bar)
        print(f"\n{name}, {options.seeds} draws of items\n{markdown(table)}\nbest {best:.2f} times chance, bar {bar}")
    raise SystemExit(0 if held else 1)


def one_draw(name: str, overrides: list[str]) -> list[dict[str, Any]]:
    """A row per model of the recipe, and one for chance."""
    experiment = run_experiment(prepare(load_recipe(ROOT / "recipes" / f"{name}.yaml", overrides)))
    chance = expected_by_chance(experiment)
    rows = [{"model": "random order", "ndcg@10": chance, "times chance": 1.0, "fit s": 0.0}]
    for model in experiment.report.models:
        value = model.metrics["ndcg@10"].mean
        assert value is not None
        rows.append({"model": model.name, "ndcg@10": value, "times chance": value / chance, "fit s": model.fit.seconds})
    return rows


def expected_by_chance(experiment: Experiment) -> float:
    """Mean over users of E[DCG] / ideal DCG; each place holds one of the user's n test items with chance n / C."""
    split = experiment.split
    candidates = split.train.n_items if split.candidates is None else int(split.candidates.sum())
    pairs = split.test.user_rows.astype(np.int64) * split.test.n_items + split.test.item_rows
    counts = np.unique(pairs) // split.test.n_items
    return float(np.mean(random_order(np.unique(counts, return_counts=True)[1], candidates)))


def random_order(n_relevant: NDArray[np.int64], n_candidates: int) -> NDArray[np.float64]:
    """Expected NDCG of each user (float64 [B]) who has so many relevant items (int64 [B]) among the candidates."""
    discounts = 1.0 / np.log2(np.arange(2, K + 2))
    ideal = np.cumsum(discounts)[np.minimum(n_relevant, K) - 1]
    expected: NDArray[np.float64] = n_relevant / n_candidates * discounts.sum() / ideal
    return expected


def in_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Means over draws, with the lowest and highest ratio."""
    ratio = pl.col("times chance")
    table = (
        pl.DataFrame(rows)
        .group_by("model", maintain_order=True)
        .agg(
            pl.col("ndcg@10").mean(),
            pl.col("fit s").mean(),
            ratio.mean(),
            ratio.min().alias("lowest"),
            ratio.max().alias("highest"),
        )
    )
    return table.sort("ndcg@10", descending=True)


if __name__ == "__main__":
    main()
