"""genre init: look at tables and write a commented recipe that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genre.cli._options import AsJson


def command(
    tables: Annotated[list[Path], typer.Argument(metavar="TABLES...", help="Tables, or a folder.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Recipe file to write.")] = Path("recipe.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing recipe.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at tables, recognise their columns and write a commented recipe that runs."""
