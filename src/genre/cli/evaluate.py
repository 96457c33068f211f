"""genre evaluate: split, train, measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genre.cli._options import (
    AsJson,
    Lists,
    Overrides,
    RecipeFile,
    ReportFile,
    SplitOut,
    keep_quarantine,
    print_json,
    tell_absent,
    working,
)


def command(
    recipe: RecipeFile,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    report: ReportFile = None,
    lists: Lists = None,
    split_out: SplitOut = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder from which an interrupted training goes on when it is started again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Split the data, train the recipe's recommender and the baselines, and measure them with intervals."""
    from genre.config.loading import load_recipe
    from genre.core.places import check_places
    from genre.experiment.evaluate import run_experiment
    from genre.pipeline.assemble import prepare

    check_places(files=[report, lists], folders=[split_out])
    with working(as_json):
        prepared = prepare(load_recipe(recipe, overrides))
        keep_quarantine(prepared.dataset, recipe)
        experiment = run_experiment(prepared, checkpoints)
    task = experiment.entries[-1].task
    tell_absent(task.features)
    tell_absent(task.user_features, "users", "users")
    if as_json:
        print_json(experiment.report.to_json())
    else:
        experiment.report.to_terminal()
    experiment.write(report, lists, split_out)
