"""genre schema: the recipe's JSON schema, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genre.cli._options import print_json


def command(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file instead of standard output.")
    ] = None,
) -> None:
    """Print the JSON schema of recipes, for completion and checks in an editor."""
    from genre.config.schema import recipe_schema
    from genre.core.artifacts import write_json
    from genre.core.places import check_places

    if out is None:
        print_json(recipe_schema())
    else:
        check_places(files=[out])
        write_json(recipe_schema(), out)
