"""What each modality of MovieLens-100k is worth to the tower: text, genres, a graph, posters, all of them.

Writes docs/ablation.md when all of it ran.

    python -m benchmarks.ablation --data FOLDER --posters FOLDER           everything, about two hours on two cores
    python -m benchmarks.ablation ... --seeds 1 --only ids text all        some sets of modalities, one seed
    python -m benchmarks.ablation ... --set training.epochs=1              another recipe for all

FOLDER is ml100k (interactions, items, users, kg, kg_link); beside it stands ml_latest_small, whose items repair the
links to the graph (or name links with --links). Two splits: the last film of each user among all films, and a fifth of
the films unseen in training among themselves. Every set has the ids of the films beside its modalities. Each run is
`genre evaluate` in a process of its own; what is in --out already is not run again. Users are averaged over seeds; sets
are compared with ids alone, and on unseen films with text, in paired tests that are Holm-corrected within a split.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.accuracy import ROOT, SEEDS, in_threads, markdown
from benchmarks.cold_items import random_order
from benchmarks.kept_runs import KeptRun, run_kept
from benchmarks.movielens import MovieLens
from genre.config.loading import load_recipe
from genre.experiment.compare import holm, sign_flip_test
from genre.experiment.intervals import Estimate, Resampling, estimates

PAGE = ROOT / "docs" / "ablation.md"
HEAD = """# What each modality is worth

The tower on MovieLens-100k with the ids of the films and some of what is known of them: text (title, year, plot, read
by MiniLM), genres, a knowledge graph (TransE, links repaired) and posters (EfficientNet-lite0). Settings are the
defaults for all. Users are averaged over seeds; tests are paired by user and Holm-corrected within a table. Seconds are
those of runs with {threads}.

Written by `python -m benchmarks.ablation --data FOLDER`.

"""
METRIC = "ndcg@10"
FEW = 5
SIGNIFICANT = 0.05
COSTS = (
    "Seconds and memory are those of a whole run; the first run of a modality also encodes it, later ones find it kept."
)
FEATURES: dict[str, dict[str, Any]] = {
    "text": {"columns": ["title", "year", "description"], "encoder": {"type": "transformer"}},
    "genres": {"columns": ["categories"], "encoder": {"type": "multi_hot"}},
    "graph": {"columns": ["item_id"], "encoder": {"type": "knowledge_graph", "model": "TransE"}},
    "posters": {"columns": ["image"], "encoder": {"type": "pretrained_image", "fit": "whole"}},
}


@dataclass(frozen=True)
class ModalitySet:
    """Which features a run has, and what else its recipe says."""

    title: str
    features: tuple[str, ...] = tuple(FEATURES)
    alignment: tuple[Mapping[str, Any], ...] = ()
    fusion: str = "sum"


SETS = {
    "ids": ModalitySet("ids only", ()),
    **{name: ModalitySet(f"ids + {name}", (name,)) for name in FEATURES},
    "all": ModalitySet("all"),
    "aligned": ModalitySet("all, aligned (contrastive)", alignment=({"type": "contrastive"},)),
    "gated": ModalitySet("all, gated fusion", fusion="gated"),
}


@dataclass(frozen=True)
class Division:
    """A split, and the set that the others are compared with."""

    title: str
    splitter: Mapping[str, Any]
    reference: str


DIVISIONS = {
    "leave_one_out": Division("Last film of each user, among all films", {"type": "leave_one_out"}, "ids"),
    "cold_items": Division(
        "Films unseen in training, among themselves", {"type": "cold_items", "test": 0.2, "valid": 0.1}, "text"
    ),
}


@dataclass(frozen=True, eq=False)
class Judged:
    """What a set of modalities is worth.

    Attributes:
        values: NDCG@10 of R users, seed after seed.
        users: int64 [R], who they are: a user has the same number in all seeds.
        seconds, peak_mib: of a whole run, the mean over seeds; None where nothing ran.
    """

    values: NDArray[np.float64]
    users: NDArray[np.int64]
    seconds: float | None = None
    peak_mib: float | None = None


@dataclass(frozen=True)
class Difference:
    """A set against the reference: mean difference over users, and the Holm-corrected chance of one as large."""

    mean: Estimate
    p: float

    @property
    def verdict(self) -> str:
        if self.p >= SIGNIFICANT or not self.mean.mean:
            return "no better"
        return "better" if self.mean.mean > 0 else "worse"


def main() -> None:
    """Run what is not there yet, print and keep one table per split, and say whether the bars hold."""
    options = parsed()
    options.out.mkdir(parents=True, exist_ok=True)
    data = MovieLens.at(
        options.data, options.posters or options.data.parent / "ml1m_posters", options.links, options.out
    )
    pages, held = [], True
    for split in options.splits:
        runs = {name: runs_of(options, data, split, name) for name in options.only if ran(split, name)}
        held &= all(runs.values())
        judged = {name: together(found) for name, found in runs.items() if found}
        if not judged:
            continue
        if "ids" in options.only and not ran(split, "ids"):
            judged = {"ids": by_chance(next(found for found in runs.values() if found)), **judged}
        page, beaten = page_of(split, judged, len(SEEDS[: options.seeds]))
        page += f"\n\n{familiar([run for found in runs.values() for run in found])}"
        held &= beaten
        pages.append(page)
        print(f"\n{page}", flush=True)
    text = "\n\n".join(pages) + "\n"
    (options.out / "ablation.md").write_text(text, encoding="utf-8")
    if is_whole(options) and len(pages) == len(DIVISIONS):
        PAGE.write_text(HEAD.format(threads=in_threads(options.threads)) + text, encoding="utf-8")
    raise SystemExit(0 if held else 1)


def is_whole(options: argparse.Namespace) -> bool:
    """Whether the run leaves nothing out and changes nothing."""
    everything = (list(options.only), list(options.splits), options.seeds) == (list(SETS), list(DIVISIONS), len(SEEDS))
    return everything and not options.set


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the tables of MovieLens-100k")
    parser.add_argument("--posters", type=Path, default=None, help="folder of posters; default: ml1m_posters beside it")
    parser.add_argument("--links", type=Path, default=None, help="table item_id, entity_id, instead of repaired ones")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--only", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--splits", nargs="*", default=list(DIVISIONS), choices=list(DIVISIONS))
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="change the recipe of all runs"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "ablation")
    return parser.parse_args()


def ran(split: str, name: str) -> bool:
    """Whether the tower has anything to say: without content it scores no unseen film."""
    return bool(SETS[name].features) or split != "cold_items"


def runs_of(options: argparse.Namespace, data: MovieLens, split: str, name: str) -> list[KeptRun]:
    """One run per seed; none if any failed."""
    runs = []
    for seed in SEEDS[: options.seeds]:
        recipe = load_recipe(recipe_of(data, split, name), [*options.set, f"seed={seed}"]).to_dict()
        runs.append(run_kept(recipe, options.out / f"{split}-{name}-{seed}", options.threads))
    found = [run for run in runs if run is not None]
    return found if len(found) == len(runs) else []


def recipe_of(data: MovieLens, split: str, name: str) -> dict[str, Any]:
    """The tower on one split with one set of modalities."""
    chosen = SETS[name]
    features = [{"name": feature, **FEATURES[feature]} for feature in chosen.features]
    for feature in features:
        if feature["name"] == "posters":
            feature["encoder"] = {**feature["encoder"], "folder": data.pictures}
    return {
        "name": f"ablation-{split}-{name}",
        "data": {"source": {"type": "parquet", **data.tables}, "splitter": dict(DIVISIONS[split].splitter)},
        "features": features,
        "alignment": [dict(one) for one in chosen.alignment],
        "fusion": chosen.fusion,
        "recommender": {"type": "tower"},
        "evaluation": {"metrics": [METRIC], "baselines": [], "bootstrap": 0},
    }


def together(runs: Sequence[KeptRun]) -> Judged:
    """All seeds of one set."""
    scores = [run.scores() for run in runs]
    values = np.concatenate([one.per_user[METRIC] for one in scores])
    users = user_numbers([one.user_ids for one in scores])
    costs = [float(np.mean([getattr(run, cost) for run in runs])) for cost in ("seconds", "peak_mib")]
    return Judged(values, users, *costs)


def user_numbers(ids: Sequence[pl.Series]) -> NDArray[np.int64]:
    """A number for each user, the same wherever the user stands."""
    return np.unique(pl.concat(list(ids)).to_numpy(), return_inverse=True)[1].astype(np.int64)


def by_chance(runs: Sequence[KeptRun]) -> Judged:
    """What a random order is worth on the splits of these runs."""
    counts = [
        run.split.filter(pl.col("part") == "test").group_by("user_id").agg(n=pl.col("item_id").n_unique())
        for run in runs
    ]
    values = [
        random_order(count["n"].to_numpy(), run.report["n_candidates"]) for count, run in zip(counts, runs, strict=True)
    ]
    return Judged(np.concatenate(values), user_numbers([count["user_id"] for count in counts]))


def familiar(runs: Sequence[KeptRun]) -> str:
    """How well the judged items are known from training."""
    parts = runs[0].split
    counts = parts.filter(pl.col("part") == "train").group_by("item_id").agg(n=pl.len())
    judged = (
        parts.filter(pl.col("part") == "test").join(counts, "item_id", "left").with_columns(pl.col("n").fill_null(0))
    )
    known = judged.filter(pl.col("n") >= FEW).height
    return f"{known:,} of {judged.height:,} test interactions are with films that {FEW} people or more touched before."


def page_of(split: str, judged: Mapping[str, Judged], n_seeds: int) -> tuple[str, bool]:
    """The table of one split with its remarks, and whether all modalities together beat the reference."""
    division = DIVISIONS[split]
    differences = compared(judged, division.reference)
    rows = [row_of(split, name, one, differences.get(name)) for name, one in judged.items()]
    n_users = len(np.unique(next(iter(judged.values())).users))
    write = [f"## {division.title}", f"Seeds: {n_seeds}; users: {n_users}. {COSTS}"]
    write += [markdown(pl.DataFrame(rows, infer_schema_length=None))]
    write += [f"- {remark(name, one, division.reference)}" for name, one in differences.items()]
    is_beaten = "all" not in differences or differences["all"].verdict == "better"
    return "\n\n".join(write[:3]) + "\n\n" + "\n".join(write[3:]), is_beaten


def compared(judged: Mapping[str, Judged], reference: str) -> dict[str, Difference]:
    """Every set that ran against the reference."""
    others = [name for name, one in judged.items() if name != reference and one.seconds is not None]
    if reference not in judged or not others:
        return {}
    users, resampling = judged[reference].users, Resampling()
    assert all((judged[name].users == users).all() for name in others)
    differences = np.stack([judged[name].values - judged[reference].values for name in others], axis=1)
    chances = holm(sign_flip_test(differences, users, resampling.seed))
    means = estimates(differences, users, resampling)
    return {name: Difference(mean, float(p)) for name, mean, p in zip(others, means, chances, strict=True)}


def row_of(split: str, name: str, judged: Judged, difference: Difference | None) -> dict[str, Any]:
    """A line of the table."""
    mean = estimates(judged.values[:, None], judged.users, Resampling())[0]
    reference = SETS[DIVISIONS[split].reference].title
    return {
        "modalities": SETS[name].title if ran(split, name) else "ids only: scores no such film, chance shown",
        "NDCG@10": f"{mean.mean:.4f}",
        "95% interval": f"{mean.low:.4f} to {mean.high:.4f}",
        f"minus {reference}": "" if difference is None else span(difference),
        "p (Holm)": "" if difference is None else f"{difference.p:.4f}",
        "seconds": "" if judged.seconds is None else f"{judged.seconds:.0f}",
        "peak MiB": "" if judged.peak_mib is None else f"{judged.peak_mib:.0f}",
    }


def span(difference: Difference) -> str:
    """Mean and interval of a difference."""
    mean = difference.mean
    return f"{mean.mean:+.4f} ({mean.low:+.4f} to {mean.high:+.4f})"


def remark(name: str, difference: Difference, reference: str) -> str:
    """In words, what the test of one set says."""
    title, other = SETS[name].title, SETS[reference].title
    found = f"{span(difference)}, p {difference.p:.4f}"
    if difference.verdict == "better":
        return f"{title} is better than {other}: {found}."
    if reference != "ids" or len(SETS[name].features) != 1:
        return f"{title} is {difference.verdict} than {other}: {found}."
    return f"Adding {name} {'harms' if difference.verdict == 'worse' else 'does not help'}: {found}."


if __name__ == "__main__":
    main()
