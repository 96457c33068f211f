"""genre schema: the JSON schema of recipes and of settings, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from genre.cli._options import print_json


def command(
    of: Annotated[Literal["recipe", "serve"], typer.Argument(help="serve: settings files of genre serve.")] = "recipe",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file instead of standard output.")
    ] = None,
) -> None:
    """Print the JSON schema of recipes or settings, for completion and checks in an editor."""
    from genre.core.artifacts import write_json
    from genre.core.places import check_places

    if out is None:
        print_json(_schema(of))
    else:
        check_places(files=[out])
        write_json(_schema(of), out)


def _schema(of: str) -> dict[str, Any]:
    if of == "serve":
        from genre.serving.server.settings import settings_schema

        return settings_schema()
    from genre.config.schema import recipe_schema

    return recipe_schema()
