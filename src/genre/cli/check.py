"""genre check: every fault of the recipe and the data before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genre.cli._options import AsJson, Overrides, RecipeFile, print_json, working

if TYPE_CHECKING:
    from rich.console import Console

    from genre.pipeline._check_findings import Finding
    from genre.pipeline.check import CheckResult

COLOURS = {"PASS": "green", "WARN": "yellow", "FAIL": "bold red"}


def command(
    recipe: RecipeFile,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Write the rows that were set aside, with reasons, to this .jsonl or .parquet file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Name every fault of the recipe and its tables, and say what the data is good for; trains nothing.

    PASS and WARN go to standard output, FAIL to standard error; exit code 1 when there is one.
    """
    from genre.core.places import check_places
    from genre.pipeline.check import check

    check_places(files=[quarantine])
    with working(as_json):
        result = check(recipe, overrides)
    n_rows = sum(entry.n_rows for entry in result.quarantine)
    is_kept = quarantine is not None and bool(n_rows or result.ok)
    if quarantine is not None and is_kept:
        result.write_quarantine(quarantine)
    if as_json:
        print_json(result.to_json())
    _show(result, quiet=as_json)
    if not as_json and is_kept:
        print(f"Wrote {quarantine}: {n_rows} rows set aside.")
    if not result.ok:
        raise typer.Exit(1)
    if not as_json:
        print(f"\nNo fault. Next: genre evaluate {recipe}")


def _show(result: CheckResult, quiet: bool) -> None:
    """What passed and what is worth a look, then what failed."""
    from rich.console import Console

    out, err = Console(soft_wrap=True, quiet=quiet), Console(stderr=True, soft_wrap=True)
    for finding in result.findings:
        if finding.level != "FAIL":
            _print(out, finding)
    failed = [finding for finding in result.findings if finding.level == "FAIL"]
    if len(failed) > 1:
        err.print(f"{len(failed)} faults:", style="bold red")
    for finding in failed:
        _print(err, finding)


def _print(console: Console, finding: Finding) -> None:
    from rich.text import Text

    line = Text(finding.level, style=COLOURS[finding.level])
    line.append(f"  {finding.where}: ", style="bold")
    line.append(finding.what, style="default")
    console.print(line)
    if finding.mend:
        console.print(Text(f"      {finding.mend}"))
    for row in finding.examples[:3]:
        shown = ", ".join(f"{name}: {'nothing' if value is None else value}" for name, value in row.items())
        console.print(Text(f"      e.g. {shown}", style="dim"))
