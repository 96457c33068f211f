"""Items that nobody touched yet: how much better than chance content puts them in order.

    python -m benchmarks.cold_items                      MovieLens-100k
    python -m benchmarks.cold_items --data FOLDER        MovieTweetings with descriptions beside it
    python -m benchmarks.cold_items --movielens FOLDER   MovieLens-100k with plots, people, graph, posters
    python -m benchmarks.cold_items --peers              LightFM and Cornac too, on the same splits and features

Chance is exact: the expected NDCG of a random order of the same candidates for the same users.
Peers read the same columns in their own way: words, categories, numbers, triples of a graph (LightFM), words (Cornac's
CTR). Two more (LightFM, Cornac's VBPR) are handed the vectors that our encoders made. All are tuned on the cold items
of the validation part (`--trials` settings each); `tune s` is what that took beside the best trial. Encoding the
features is in nobody's seconds.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.accuracy import ROOT, SEEDS, markdown
from benchmarks.cold_peers import peer_rows, verdict
from benchmarks.movielens import MovieLens
from genre.config.loading import load_recipe
from genre.core.artifacts import write_json
from genre.experiment.evaluate import Experiment, run_experiment
from genre.pipeline.assemble import prepare

BARS = {"ml100k_cold": 5.0, "ml100k_cold_all": 5.0, "movietweetings_cold": 6.0}
K = 10
SHOWN = ("model", "by", "ndcg@10", "times chance", "fit s", "tune s", "peak MiB")


def main() -> None:
    """Print one table per data set and say whether its bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder with MovieTweetings' two parquet tables")
    parser.add_argument("--movielens", type=Path, default=None, help="folder with the tables of MovieLens-100k")
    parser.add_argument("--posters", type=Path, default=None, help="folder of posters; default: ml1m_posters beside it")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "cold")
    parser.add_argument("--peers", action="store_true", help="compare with LightFM and Cornac")
    parser.add_argument("--only", choices=sorted(BARS), nargs="+", default=list(BARS), help="the data sets")
    parser.add_argument("--trials", type=int, default=12, help="settings that each peer tries")
    parser.add_argument("--epochs", type=int, default=40, help="the most epochs of a peer's trial")
    parser.add_argument("--threads", type=int, default=2, help="of the peers")
    options = parser.parse_args()
    if options.peers and min(options.trials, options.epochs // 5) < 1:
        parser.error("--trials: at least 1, --epochs: at least 5.")
    held = True
    for name in options.only:
        overrides = overrides_of(name, options)
        if overrides is None:
            continue
        rows = [row for seed in SEEDS[: options.seeds] for row in one_draw(name, seed, overrides, options)]
        table = in_table(rows)
        write_json(table.to_dicts(), options.out / f"{name}.json")
        write_json(rows, options.out / f"{name}-draws.json")
        best = max(table.filter(pl.col("by") == "ours")["times chance"])
        held &= best >= BARS[name]
        print(f"\n{name}, {options.seeds} draws of items\n{markdown(table)}")
        print(f"best {best:.2f} times chance, bar {BARS[name]}: {'held' if best >= BARS[name] else 'MISSED'}")
        if options.peers:
            is_ahead, line = verdict(rows)
            held &= is_ahead
            print(line)
    raise SystemExit(0 if held else 1)


def overrides_of(name: str, options: argparse.Namespace) -> list[str] | None:
    """Where the recipe's tables are; None where the command line does not say it."""
    if name == "ml100k_cold":
        return []
    if name == "ml100k_cold_all":
        if options.movielens is None:
            return None
        options.out.mkdir(parents=True, exist_ok=True)
        posters = options.posters or options.movielens.parent / "ml1m_posters"
        found = MovieLens.at(options.movielens, posters, None, options.out)
        tables = [f"data.source.{word}={found.tables[word]}" for word in ("interactions", "items", "graph", "links")]
        return [*tables, f"features.6.encoder.folder={found.pictures}"]
    if options.data is None:
        return None
    return [f"data.source.{word}={options.data / f'{word}.parquet'}" for word in ("interactions", "items")]


def one_draw(name: str, seed: int, overrides: list[str], options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row per model of the recipe, one for chance, and one per peer if asked for."""
    recipe = load_recipe(ROOT / "recipes" / f"{name}.yaml", [*overrides, f"seed={seed}"])
    experiment = run_experiment(prepare(recipe))
    chance = expected_by_chance(experiment)
    rows = [{"model": "random order", "by": "chance", "ndcg@10": chance, "times chance": 1.0, "fit s": 0.0}]
    for model in experiment.report.models:
        value = model.metrics["ndcg@10"].mean
        assert value is not None
        costs = {"fit s": model.fit.seconds, "tune s": 0.0, "peak MiB": model.peak_mib}
        rows.append({"model": model.name, "by": "ours", "ndcg@10": value, "times chance": value / chance, **costs})
    if options.peers:
        rows += peer_rows(experiment, chance, options.out / f"{name}-{seed}", options)
    return [row | {"draw": seed} for row in rows]


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
        pl.DataFrame([{name: row.get(name) for name in SHOWN} for row in rows], infer_schema_length=None)
        .group_by("model", "by", maintain_order=True)
        .agg(
            pl.col("ndcg@10", "fit s", "tune s", "peak MiB").mean(),
            ratio.mean(),
            ratio.min().alias("lowest"),
            ratio.max().alias("highest"),
        )
    )
    return table.sort("ndcg@10", descending=True)


if __name__ == "__main__":
    main()
