"""genre check: every fault of the recipe and the data before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from genre.cli._options import AsJson, Overrides, RecipeFile, print_json, working


def command(
    recipe: RecipeFile,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    quarantine: Annotated[
        Path | None, typer.Option("--quarantine", help="Write the rows that were set aside, with reasons, to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Name every fault of the recipe and its tables, and say what the data is good for; trains nothing.

    Exit code 1 when there is a FAIL.
    """
    from genre.pipeline.check import check

    with working(as_json):
        result = check(recipe, overrides)
    if as_json:
        print_json(result.to_json())
    raise typer.Exit(0 if result.ok else 1)
