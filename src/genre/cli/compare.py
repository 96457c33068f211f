"""genre compare: several recipes on the same splits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genre.cli._options import AsJson, Lists, Overrides, ReportFile, SplitOut, keep_quarantine, print_json, working


def command(
    recipes: Annotated[
        list[Path], typer.Argument(metavar="RECIPES...", help="Two or more recipe files.", show_default=False)
    ],
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    report: ReportFile = None,
    lists: Lists = None,
    split_out: SplitOut = None,
    as_json: AsJson = False,
) -> None:
    """Judge the recommenders of several recipes on the same splits, with paired tests and Holm's correction."""
    from genre.config.loading import load_recipe
    from genre.core.places import check_places
    from genre.experiment.evaluate import run_comparison

    if len(recipes) < 2:
        raise typer.BadParameter("name at least two recipes")
    check_places(files=[report, lists], folders=[split_out])
    with working(as_json):
        experiment = run_comparison([load_recipe(recipe, overrides) for recipe in recipes])
        keep_quarantine(experiment.entries[0].contender.prepared.dataset, recipes[0])
    if as_json:
        print_json(experiment.report.to_json())
    else:
        experiment.report.to_terminal()
    experiment.write(report, lists, split_out)
