"""genre demo: the whole way on the built-in example."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genre.cli._options import AsJson, Overrides, print_json, working

if TYPE_CHECKING:
    from genre.experiment.evaluate import Experiment
    from genre.pipeline.model import Model

LIKED = ("Star Wars", "Empire Strikes Back, The", "Raiders of the Lost Ark", "Alien")
ALIKE = "Toy Story"
WORDS = "a journey through space"
N_SHOWN = 5


def command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the recipe, report and bundle.")] = Path(
        "genre-demo"
    ),
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    as_json: AsJson = False,
) -> None:
    """Fit, judge and recommend on MovieLens-100k; writes a recipe to change, a report and a bundle."""
    import shutil

    from genre.config.documents import parse_yaml
    from genre.config.loading import load_recipe
    from genre.core.artifacts import replacing
    from genre.core.places import check_places
    from genre.core.progress import measured
    from genre.experiment.evaluate import run_experiment
    from genre.pipeline.assemble import prepare
    from genre.pipeline.bundle import refuse_foreign

    text = resources.files("genre.cli").joinpath("demo.yaml").read_text(encoding="utf-8")
    recipe = load_recipe(parse_yaml(text), overrides)
    checkpoints = out / ".checkpoints"
    check_places(files=[out / "report.html", out / "recipe.yaml"], folders=[out / "bundle"])
    refuse_foreign(out / "bundle")
    with working(as_json), measured() as cost:
        experiment = run_experiment(prepare(recipe), checkpoints)
        model = experiment.model(recipe.recommender.type_name())
        experiment.report.to_html(out / "report.html")
        model.save(out / "bundle")
        with replacing(out / "recipe.yaml") as path:
            path.write_text(text, encoding="utf-8")
        shutil.rmtree(checkpoints, ignore_errors=True)
    if as_json:
        print_json(experiment.report.to_json())
        return
    experiment.report.to_terminal()
    _show(experiment, model)
    print(f"\nTook {cost.seconds:.0f} s, {cost.peak_mib:.0f} MiB at most. Next:")
    for line in (
        f"open {out / 'report.html'}",
        f"genre recommend {out / 'bundle'} --user 7",
        f"genre evaluate {out / 'recipe.yaml'} --set recommender=tower",
        "genre init YOUR-TABLES... -o mine.yaml",
    ):
        print(f"  {line}")


def _show(experiment: Experiment, model: Model) -> None:
    """Lists for two people, for a stranger, for a title and for a few words."""
    from rich.console import Console

    from genre.cli._tables import list_table, titles

    console, catalog = Console(), model.catalog
    by_title = dict(zip(catalog.items["title"].to_list(), catalog.items["item_id"].to_list(), strict=True))
    for user in [example.user_id for example in experiment.report.examples[1:3]]:
        row = int(catalog.user_vocabulary.rows([user])[0])
        liked = catalog.item_vocabulary.lookup(model.histories[row][-N_SHOWN:][::-1]).to_list()
        console.print(f"\n[bold]Person {user}[/bold] lately liked: {', '.join(titles(liked, catalog))}")
        ids = model.recommend(users=[user], k=N_SHOWN)["item_id"].to_list()
        console.print(list_table("gets", ids, catalog))
    liked = [by_title[title] for title in LIKED if title in by_title]
    console.print(f"\n[bold]Somebody new[/bold] who liked: {', '.join(titles(liked, catalog))}")
    ids = model.recommend(histories=[liked], k=N_SHOWN)["item_id"].to_list()
    console.print(list_table("gets", ids, catalog))
    if ALIKE in by_title:
        ids = model.similar([by_title[ALIKE]], k=N_SHOWN)["similar_id"].to_list()
        console.print(list_table(f"\nLike {ALIKE}", ids, catalog))
    ids = model.search(WORDS, k=N_SHOWN)["similar_id"].to_list()
    console.print(list_table(f'\nFound for "{WORDS}"', ids, catalog))
