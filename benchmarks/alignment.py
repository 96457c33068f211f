"""Whether contrastive alignment lets a film's text find its poster, and what that costs in accuracy.

    python -m benchmarks.alignment --data FOLDER         interactions.parquet and items.parquet of MovieLens-100k
    python -m benchmarks.alignment --data FOLDER --seeds 1 --set training.epochs=5

Recall is measured on films that the alignment never learned from, both ways: each one's text among the posters of all
of them, and each one's poster among the texts. Pictures are looked for in the folder above FOLDER, where the items'
`image` column begins, or in --pictures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.accuracy import ROOT, SEEDS, markdown
from genre.config.loading import load_recipe
from genre.core.artifacts import write_json
from genre.experiment.evaluate import run_experiment
from genre.pipeline.assemble import prepare

BAR = 3.0


def main() -> None:
    """Print a row per seed with and without alignment, and say whether the bar holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with interactions.parquet and items.parquet")
    parser.add_argument("--pictures", type=Path, default=None, help="folder that the image column starts from")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="change the recipe")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "alignment")
    options = parser.parse_args()
    pictures = options.pictures or options.data.absolute().parent
    overrides = [f"data.source.{table}={options.data / f'{table}.parquet'}" for table in ("interactions", "items")]
    overrides += [f"features.1.encoder.folder={pictures}", "evaluation.baselines=[]", *options.set]
    rows = []
    for seed in SEEDS[: options.seeds]:
        rows += [one_run([*overrides, f"seed={seed}"]), one_run([*overrides, f"seed={seed}", "alignment=[]"])]
    table = pl.DataFrame(rows)
    write_json(table.to_dicts(), options.out / "ml100k.json")
    aligned = table.drop_nulls("after")
    times = float(aligned["after"].sum() / aligned["before"].sum())
    print(f"\ntext and posters of MovieLens-100k\n{markdown(table)}\nafter {times:.2f} times before, bar {BAR}")
    raise SystemExit(0 if times >= BAR else 1)


def one_run(overrides: Sequence[str]) -> dict[str, Any]:
    """Accuracy of the recipe's tower, and how well its modalities match where they are aligned."""
    recipe = load_recipe(ROOT / "recipes" / "ml100k_posters.yaml", overrides)
    (model,) = run_experiment(prepare(recipe)).report.models
    found = [table.rows for insight in model.insights for table in insight.tables if "recall" in table.title]
    matching = found[0].row(0, named=True) if found else {}
    return {
        "seed": recipe.seed,
        "alignment": "contrastive" if found else "none",
        "ndcg@10": model.metrics["ndcg@10"].mean,
        "held-out items": matching.get("held-out items"),
        "chance": matching.get("chance"),
        "before": matching.get("before"),
        "after": matching.get("after"),
        "fit s": model.fit.seconds,
    }


if __name__ == "__main__":
    main()
