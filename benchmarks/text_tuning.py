"""What tuning the language model is worth on MovieLens-100k: accuracy on all and on cold items, seconds, memory.

    python -m benchmarks.text_tuning                    every way once; the frozen one and the best two with three seeds
    python -m benchmarks.text_tuning --cache            top 2 of 6 layers with and without cached lower layers
    python -m benchmarks.text_tuning --smollm2          SmolLM2 with LoRA, one epoch on 200 films

The first writes docs/text_tuning.md. Every run starts as the frozen tower: `training.frozen_epochs` epochs with the
language model at rest, of which validation keeps the best; then the same number of epochs for everyone, in which the
chosen part of the model learns too (and, where the model stays frozen, the rest of the tower alone). The test is judged
once, on the weights that validation chose. Each run has a process of its own, so that its peak of memory is its own.
Trained parameters are those inside the language model and its pooling.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.accuracy import ROOT, SEEDS, in_threads, markdown
from genre.core.artifacts import write_json

TUNES: dict[str, Any] = {
    "frozen": "none",
    "head": "head",
    "top 2 of 6": {"top_layers": 2},
    "lora": {"peft": "lora"},
    "adalora": {"peft": "adalora"},
    "ia3": {"peft": "ia3"},
    "prefix": {"peft": "prefix"},
    "full": "full",
}
PAGE = ROOT / "docs" / "text_tuning.md"
HEAD = """# What tuning the language model is worth

MovieLens-100k, texts (title, year, genres) read by MiniLM. Each way starts from the same frozen tower ({frozen}
epochs, the best kept) and has {epochs} epochs more; in each batch a share of {share} of the films sends gradients.
*all*: the last film of each user among all films; *cold*: films unseen in training, among themselves. A best epoch of
{frozen} or less means that validation liked the tower best before anything was tuned. One seed, then the frozen model
and the two that validation finds best with all seeds, users paired, p by Holm. Seconds are those of an epoch on
{threads}.

Written by `python -m benchmarks.text_tuning`.

"""
SPLITTERS = {"all": {"type": "leave_one_out"}, "cold": {"type": "cold_items", "test": 0.2, "valid": 0.1}}
FASTER_BAR, LOSS_BAR, N_SMALL = 2.5, 1e-3, 200
SMALL_BATCH = 32
SIGNIFICANT = 0.05


def main() -> None:
    """Run what was asked for."""
    options = parsed()
    if options.one is not None:
        print(json.dumps(one_run(json.loads(options.one))))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    if options.cache:
        cache_check(options)
    elif options.smollm2:
        smollm2(options)
    else:
        tuning_table(options)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="seeds of the frozen model and the best two")
    parser.add_argument("--epochs", type=int, default=5, help="epochs in which the model learns")
    parser.add_argument("--frozen-epochs", type=int, default=30, help="epochs of the warm start")
    parser.add_argument("--batch-size", type=int, default=128, help="histories in a batch; each one reads all films")
    parser.add_argument("--gradient-share", type=float, default=0.05, help="share of the films that send gradients")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="auto", choices=("auto", "32-true", "bf16-mixed"))
    parser.add_argument("--only", nargs="*", default=list(TUNES), choices=list(TUNES))
    parser.add_argument("--splits", nargs="*", default=list(SPLITTERS), choices=list(SPLITTERS))
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "text_tuning")
    parser.add_argument("--cache", action="store_true", help="check what caching the lower layers saves")
    parser.add_argument("--smollm2", action="store_true", help="let SmolLM2 learn on a few films")
    parser.add_argument("--one", default=None, help=argparse.SUPPRESS)
    return parser.parse_args()


def precision(asked: str) -> str:
    """bfloat16 where the hardware multiplies it."""
    from genre.encoders.text._torch_engine import native_precision

    if asked != "auto":
        return asked
    return "bf16-mixed" if native_precision() == "bfloat16" else "32-true"


def recipe_of(options: argparse.Namespace, tune: Any, split: str, seed: int) -> dict[str, Any]:
    """The recipe of one run."""
    encoder = {"type": "transformer", "tune": tune, "gradient_share": options.gradient_share, "checkpointing": False}
    return {
        "name": "text-tuning",
        "seed": seed,
        "data": {"source": {"type": "builtin", "name": "movielens-100k"}, "splitter": SPLITTERS[split]},
        "features": [{"name": "text", "columns": ["title", "year", "genres"], "encoder": encoder}],
        "recommender": {"type": "tower"},
        "training": {
            "epochs": options.frozen_epochs + options.epochs,
            "frozen_epochs": options.frozen_epochs,
            "batch_size": options.batch_size,
            "precision": precision(options.precision),
            "n_threads": options.threads,
            "warmup_steps": 5,
            "early_stopping": {"metric": "ndcg@10", "patience": 1000},
        },
        "evaluation": {"metrics": ["ndcg@10"], "baselines": [], "bootstrap": 0},
    }


def run(options: argparse.Namespace, recipe: dict[str, Any], name: str) -> dict[str, Any]:
    """One run in a process of its own; what it gave is kept, and not computed again."""
    kept = options.out / f"{name}.json"
    if kept.exists():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["recipe"] == recipe:
            return dict(found)
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    command = [sys.executable, "-m", "benchmarks.text_tuning", "--one", json.dumps(recipe)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed")
    result = {"recipe": recipe, **json.loads(done.stdout.splitlines()[-1])}
    write_json(result, kept)
    print(f"{name}: {result['seconds per epoch']:.1f} s per epoch", file=sys.stderr, flush=True)
    return result


def one_run(document: dict[str, Any]) -> dict[str, Any]:
    """Fit and judge; what the table needs, and the metric of each user."""
    import torch

    from genre.config.loading import load_recipe
    from genre.core.progress import measured
    from genre.experiment.contest import NamedModel, Rules, hold_contest
    from genre.experiment.exam import Exam
    from genre.pipeline.assemble import prepare
    from genre.recommenders.tower import TowerRecommender

    torch.set_num_threads(document["training"]["n_threads"])
    prepared = prepare(load_recipe(document))
    split = next(prepared.splits())
    with measured() as encoding:
        task = prepared.task(split)
    tower = TowerRecommender(prepared.recipe.recommender)  # type: ignore[arg-type]
    with measured() as fitting:
        tower.fit(task)
    exam = Exam.of(split, prepared.dataset.catalog)
    model = NamedModel("tower", tower, rankers=prepared.rankers)
    values = hold_contest([model], exam, Rules.of(prepared.recipe)).outcomes[0].values[:, 0]
    epochs = tower.curve.epochs[prepared.recipe.training.frozen_epochs :]
    return {
        "trained": n_trained(task, prepared.recipe.recommender.dim),  # type: ignore[attr-defined]
        "encoding seconds": encoding.seconds,
        "fit seconds": fitting.seconds,
        "seconds per epoch": float(np.median([epoch.seconds for epoch in epochs])),
        "peak MiB": max(encoding.peak_mib, fitting.peak_mib),
        "losses": [epoch.loss for epoch in tower.curve.epochs],
        "validation": [epoch.value for epoch in tower.curve.epochs],
        "best epoch": tower.curve.best_epoch,
        "users": exam.user_rows.tolist(),
        "values": values.tolist(),
    }


def n_trained(task: Any, width: int) -> int:
    """Parameters that learn inside the language model and its pooling."""
    feature = task.features[0]
    if not feature.encoder.is_trained:
        return 0
    module = feature.encoder.network(feature.embeddings, width)
    names = ((name, weight) for name, weight in module.named_parameters() if weight.requires_grad)
    return sum(weight.numel() for name, weight in names if not name.startswith("projection") and ".budget." not in name)


def tuning_table(options: argparse.Namespace) -> None:
    """Everything once, then the frozen model and the best two on all seeds, with paired tests."""
    runs = {
        (name, split): run(options, recipe_of(options, TUNES[name], split, SEEDS[0]), slug(name, split, SEEDS[0]))
        for split in options.splits
        for name in options.only
    }
    rows = []
    for name in options.only:
        costs = runs[name, options.splits[0]]
        row: dict[str, Any] = {"tuned": name, "trained parameters": costs["trained"]}
        row |= {"s per epoch": costs["seconds per epoch"], "peak MiB": costs["peak MiB"]}
        for split in options.splits:
            row[f"ndcg@10 {split}"] = float(np.mean(runs[name, split]["values"]))
            row[f"best epoch {split}"] = runs[name, split]["best epoch"]
        rows.append(row)
    table = pl.DataFrame(rows)
    write_json(table.to_dicts(), options.out / "table.json")
    page = [markdown(table)]
    print(page[0], flush=True)
    for split in options.splits:
        page.append(paired(options, split, chosen(runs, options.only, split)))
        print(f"\n{page[-1]}", flush=True)
    if is_whole(options):
        threads = in_threads(options.threads)
        kept = {"frozen": options.frozen_epochs, "epochs": options.epochs, "share": options.gradient_share}
        head = HEAD.format(**kept, threads=threads)
        PAGE.write_text(head + "\n\n".join(page) + "\n", encoding="utf-8")


def is_whole(options: argparse.Namespace) -> bool:
    """Whether nothing was left out."""
    asked = (list(options.only), list(options.splits), options.seeds)
    return asked == (list(TUNES), list(SPLITTERS), len(SEEDS))


def chosen(runs: dict[tuple[str, str], dict[str, Any]], names: list[str], split: str) -> list[str]:
    """The frozen model and the two that validation finds best."""
    tuned = sorted((name for name in names if name != "frozen"), key=lambda name: -best_value(runs[name, split]))
    return [*(name for name in names if name == "frozen"), *tuned[:2]]


def best_value(result: dict[str, Any]) -> float:
    """The validation metric of the chosen epoch."""
    return float(result["validation"][result["best epoch"] - 1])


def paired(options: argparse.Namespace, split: str, names: list[str]) -> str:
    """Means over seeds, the paired tests over users, Holm-corrected, and what they say of tuning."""
    from genre.experiment.compare import compare
    from genre.experiment.intervals import Resampling, estimates

    seeds, resampling = SEEDS[: options.seeds], Resampling()
    results = {
        name: [run(options, recipe_of(options, TUNES[name], split, s), slug(name, split, s)) for s in seeds]
        for name in names
    }
    users = np.concatenate([result["users"] for result in results[names[0]]]).astype(np.int64)
    values = {name: np.concatenate([result["values"] for result in results[name]]) for name in names}
    lines = [f"NDCG@10, {split} items, {len(seeds)} seeds, {len(np.unique(users))} users:", ""]
    for name, column in values.items():
        mean = estimates(column[:, None], users, resampling)[0]
        lines.append(f"- {name}: {mean.mean:.4f} ({mean.low:.4f} to {mean.high:.4f})")
    for one in compare(values, "ndcg@10", users, resampling):
        mean, low, high = (getattr(one.difference, word) for word in ("mean", "low", "high"))
        lines.append(f"- {one.a} minus {one.b}: {mean:+.4f} ({low:+.4f} to {high:+.4f}), p {one.p_holm:.4f}")
        if "frozen" in (one.a, one.b):
            sign = 1 if one.b == "frozen" else -1
            pays = one.p_holm < SIGNIFICANT and sign * mean > 0
            lines[-1] += f": tuning by {one.a if sign > 0 else one.b} {'pays' if pays else 'does not pay'}"
    return "\n".join(lines)


def cache_check(options: argparse.Namespace) -> None:
    """Seconds and losses of the top 2 layers with and without cached lower layers.

    In float32, so that the losses can be compared, and in small batches, so that reading films is what takes time.
    """
    results, options.precision, options.batch_size = {}, "32-true", SMALL_BATCH
    for word, is_cached in (("cached", True), ("not cached", False)):
        recipe = recipe_of(options, {"top_layers": 2, "cache": is_cached}, "all", SEEDS[0])
        results[word] = run(options, recipe, slug("top 2", word, SEEDS[0]))
        print(f"{word}: {results[word]['seconds per epoch']:.1f} s per epoch, {results[word]['peak MiB']:.0f} MiB")
    faster = results["not cached"]["seconds per epoch"] / results["cached"]["seconds per epoch"]
    apart = float(np.abs(np.subtract(results["cached"]["losses"], results["not cached"]["losses"])).max())
    held = faster >= FASTER_BAR and apart <= LOSS_BAR
    print(f"{faster:.2f} times faster (bar {FASTER_BAR}), losses apart by {apart:.1e} at most (bar {LOSS_BAR:.0e})")
    raise SystemExit(0 if held else 1)


def smollm2(options: argparse.Namespace) -> None:
    """One epoch of SmolLM2 with LoRA on the films with most ratings."""
    from genre.core.slot import Slot

    dataset = Slot("sources").build("builtin").read()
    popular = np.argsort(-dataset.interactions.popularity(), kind="stable")[:N_SMALL]
    with tempfile.TemporaryDirectory() as folder:
        keep = np.isin(dataset.interactions.item_rows, popular)
        ids = pl.DataFrame({"item_id": dataset.interactions.items.ids.gather(np.sort(popular))})
        write_interactions(dataset, keep, Path(folder) / "interactions.parquet")
        dataset.catalog.items.join(ids, on="item_id", how="semi").write_parquet(Path(folder) / "items.parquet")
        options.epochs, options.frozen_epochs = 1, 0
        recipe = recipe_of(options, {"peft": "lora"}, "all", SEEDS[0])
        tables = {word: str(Path(folder) / f"{word}.parquet") for word in ("interactions", "items")}
        recipe["data"]["source"] = {"type": "parquet", **tables}
        recipe["features"][0]["encoder"] |= {"model": "smollm2-135m", "chunk": 32}
        result = run(options, recipe, "smollm2")
    print(f"one epoch of {N_SMALL} films: {result['seconds per epoch']:.0f} s, loss {result['losses'][0]:.3f}, ")
    print(
        f"{result['trained']} parameters, {result['peak MiB']:.0f} MiB, {result['encoding seconds']:.0f} s of reading"
    )


def write_interactions(dataset: Any, keep: np.ndarray, path: Path) -> None:
    """The chosen interactions as a table."""
    interactions = dataset.interactions
    columns = {
        "user_id": interactions.users.ids.gather(interactions.user_rows[keep]),
        "item_id": interactions.items.ids.gather(interactions.item_rows[keep]),
        "timestamp": interactions.timestamps[keep] // 1000,
    }
    pl.DataFrame(columns).write_parquet(path)


def slug(*words: object) -> str:
    """A file name."""
    return "-".join(str(word).replace(" ", "_") for word in words)


if __name__ == "__main__":
    main()
