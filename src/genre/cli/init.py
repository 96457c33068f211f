"""genre init: look at tables and write a commented recipe that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genre.cli._options import AsJson, print_json, working

if TYPE_CHECKING:
    from genre.pipeline.draft import Draft


def command(
    tables: Annotated[
        list[Path],
        typer.Argument(metavar="TABLES...", help="csv, parquet or jsonl files, or a folder.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Recipe file to write.")] = Path("recipe.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at tables, recognise what their columns hold and write a commented recipe that runs."""
    from genre.core.artifacts import replacing
    from genre.core.errors import DataError, Fault
    from genre.core.places import check_places
    from genre.pipeline.draft import draft

    check_places(files=[out])
    if out.exists() and not force:
        raise DataError(Fault(str(out), "is there already.", "Name another file with -o, or add --force."))
    with working(as_json):
        drafted = draft(tables)
    with replacing(out) as path:
        path.write_text(drafted.text, encoding="utf-8")
    if as_json:
        print_json({"recipe": str(out), "recognised": [vars(entry) for entry in drafted.recognised]})
    else:
        _show(drafted, out)


def _show(drafted: Draft, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("recognised", "file", "columns"):
        table.add_column(name, overflow="fold")
    for entry in drafted.recognised:
        table.add_row(entry.role, entry.file, entry.columns)
    Console().print(table)
    print(f"\nWrote {out}. Read its comments, then: genre check {out}")
