"""Every named recipe once: what the model is, what it reaches, what it costs. Writes docs/models.md.

    python -m benchmarks.models --data FOLDER --posters FOLDER     all recipes, and the page
    python -m benchmarks.models                                    those that need no tables; prints the table only

FOLDER is as in `benchmarks.ablation`. Each recipe of recipes/models is `genre evaluate` in a process of its own; what
is in --out already is not run again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.accuracy import ROOT, in_threads, markdown
from benchmarks.kept_runs import KeptRun, run_kept
from benchmarks.movielens import MovieLens
from genre.config.loading import load_recipe, read_document

RECIPES = ROOT / "recipes" / "models"
PAGE = ROOT / "docs" / "models.md"
BASELINES = {
    "popularity": "Baseline: the items that most users touched.",
    "item_knn": "Baseline: items touched by the same users.",
    "ease": "Baseline: linear regression of each item on all others, in closed form.",
}
METRIC = "ndcg@10"
STAND_IN = "description"
HEAD = """# Named models as recipes

Each model is a composition of parts: a file in `recipes/models`, run as it stands on MovieLens-100k, the last film of
each user being the test, ranked among all films the user has not seen. They show compositions, not the best of each
model: nothing was searched but what a recipe says itself. NDCG@10 has its 95% interval over users; one seed. Seconds
and memory are those of a whole process on {threads}: reading, encoding what no cache holds, training, making
lists.

Written by `python -m benchmarks.models --data FOLDER --posters FOLDER`.

"""


def main() -> None:
    """Run what is not there yet; write the page where every recipe has its row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder with the tables of MovieLens-100k")
    parser.add_argument("--posters", type=Path, default=None, help="folder of posters; default: ml1m_posters beside it")
    parser.add_argument("--links", type=Path, default=None, help="table item_id, entity_id, instead of repaired ones")
    parser.add_argument("--only", nargs="*", default=None, metavar="RECIPE", help="some recipes, by file name")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="change all; prints only")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "models")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = None
    if options.data is not None:
        posters = options.posters or options.data.parent / "ml1m_posters"
        data = MovieLens.at(options.data, posters, options.links, options.out)
    rows = list(rows_of(options, data))
    table = markdown(pl.DataFrame(rows, infer_schema_length=None))
    print(table)
    is_complete = len(rows) == len(BASELINES) + len(list(RECIPES.glob("*.yaml")))
    if is_complete and not options.set:
        PAGE.write_text(HEAD.format(threads=in_threads(options.threads)) + table + "\n", encoding="utf-8")
    raise SystemExit(0 if is_complete else 1)


def rows_of(options: argparse.Namespace, data: MovieLens | None) -> Iterator[dict[str, Any]]:
    """A row per recipe that ran, best first, then the baselines."""
    found = []
    for path in sorted(RECIPES.glob("*.yaml")):
        overrides = placed(path, data)
        if overrides is None or (options.only is not None and path.stem not in options.only):
            continue
        recipe = load_recipe(path, [*overrides, "evaluation.baselines=[]", *options.set]).to_dict()
        run = run_kept(recipe, options.out / path.stem, options.threads)
        if run is not None:
            found.append(row_of(f"[{path.stem}](../recipes/models/{path.name})", about(path), run))
    yield from sorted(found, key=lambda row: str(row["NDCG@10"]), reverse=True)
    for name, what in BASELINES.items():
        run = run_kept(baseline(name), options.out / f"baseline-{name}", options.threads)
        if run is not None:
            yield row_of(name, what, run)


def placed(path: Path, data: MovieLens | None) -> list[str] | None:
    """Overrides that say where tables and pictures are; None where the recipe needs some and there are none."""
    document = read_document(path)
    source = document["data"]["source"]
    tables = [word for word in source if word in ("interactions", "items", "users", "graph", "links")]
    if not tables:
        return []
    if data is None:
        return None
    features = list(enumerate(document.get("features", [])))
    pictures = [
        f"features.{place}.encoder.folder={data.pictures}"
        for place, feature in features
        if isinstance(feature["encoder"], dict) and "folder" in feature["encoder"]
    ]
    return [f"data.source.{word}={data.tables[word]}" for word in tables] + pictures + _without_reviews(document)


def _without_reviews(document: dict[str, Any]) -> list[str]:
    """A text of the items in place of reviews, which MovieLens-100k has not."""
    read = [place for place, feature in enumerate(document.get("features", [])) if feature.get("table") == "reviews"]
    instead = [(f"features.{place}.table=null", f"features.{place}.columns=[{STAND_IN}]") for place in read]
    return ["data.source.reviews=null", *(one for pair in instead for one in pair)] if read else []


def about(path: Path) -> str:
    """The first sentence of a recipe's comment, which may run over several lines."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        lines.append(line.removeprefix("#").strip())
        if not line.startswith("#") or line.endswith("."):
            break
    return " ".join(lines)


def baseline(name: str) -> dict[str, Any]:
    """A recipe without features on the same split."""
    document = {
        "name": name,
        "data": {"source": {"type": "builtin", "name": "movielens-100k"}, "splitter": "leave_one_out"},
        "recommender": name,
        "evaluation": {"metrics": [METRIC], "baselines": []},
    }
    return load_recipe(document).to_dict()


def row_of(recipe: str, what: str, run: KeptRun) -> dict[str, Any]:
    """A line of the table."""
    value = run.model["metrics"][METRIC]
    return {
        "recipe": recipe,
        "what it is": what,
        "data": tables_of(run.report["recipe"]),
        "NDCG@10": f"{value['mean']:.4f} ({value['low']:.4f} to {value['high']:.4f})",
        "seconds": f"{run.seconds:.0f}",
        "peak MiB": f"{run.peak_mib:.0f}",
    }


def tables_of(recipe: dict[str, Any]) -> str:
    """Which tables were read, and what stands for reviews."""
    source = recipe["data"]["source"]
    if source["type"] == "builtin":
        return "built-in example"
    words = ("interactions", "items", "users", "graph", "links")
    found = "tables: " + ", ".join(word for word in words if source.get(word))
    stands_in = any(one["name"] == "reviews" and one.get("table") is None for one in recipe.get("features", []))
    return f"{found}; plots of the films for reviews" if stands_in else found


if __name__ == "__main__":
    main()
