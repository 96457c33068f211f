"""genre export: a bundle that answers without torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from genre.cli._options import AsJson, print_json, working

if TYPE_CHECKING:
    from genre.pipeline.export_report import ExportReport


def command(
    bundle: Annotated[Path, typer.Argument(help="Folder that genre fit wrote.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the exported bundle.", show_default=False)],
    int8: Annotated[
        bool, typer.Option("--int8/--float32", help="Matrix products of text encoders in int8, or as they were.")
    ] = True,
    layers: Annotated[
        int | None, typer.Option(min=1, help="Keep this many of a text encoder's lowest layers.", show_default="all")
    ] = None,
    vectors: Annotated[
        Literal["float32", "float16", "int8"], typer.Option(help="How vectors of items and users are kept.")
    ] = "float16",
    recipe: Annotated[
        Path | None,
        typer.Option(help="Judge by this recipe: fit it again without its test part, and compare on that part."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a bundle that answers without torch, and report what that costs and gains.

    genre recommend, genre serve and genre.load take the exported bundle like any other.
    """
    from genre.core.places import check_places
    from genre.encoders.base import Slimming
    from genre.experiment.exported import judge_export
    from genre.pipeline.export import ExportSettings, export

    check_places(folders=[out])
    settings = ExportSettings(Slimming("int8" if int8 else "float32", layers), vectors)
    with working(as_json):
        accuracy = None if recipe is None else judge_export(recipe, settings)
        report = export(bundle, out, settings, accuracy)
    if as_json:
        print_json({"bundle": str(out), **report.to_dict()})
    else:
        _show(report, out)


def _show(report: ExportReport, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("", "before", "after"):
        table.add_column(name, justify="right" if name else "left")
    accuracy = report.accuracy
    if accuracy is not None:
        table.add_row("NDCG@10", f"{accuracy.ndcg.before:.4f}", f"{accuracy.ndcg.after:.4f}")
    table.add_row("size on disk, MiB", f"{report.mib.before:.1f}", f"{report.mib.after:.1f}")
    for one in report.features:
        speed = one.texts_per_second
        table.add_row(f"{one.name}: new texts a second", f"{speed.before:.0f}", f"{speed.after:.0f}")
    Console().print(table)
    print(f"Lists: {report.lists:.1%} of the ten best items are the same.")
    for one in report.features:
        print(f"{one.name}: cosine with the vectors before {one.cosine:.3f}, same neighbours {one.neighbours:.1%}.")
    print(f"Starts without torch in {report.start_seconds:.1f} s with {report.start_mib:.0f} MiB.")
    if accuracy is not None:
        print(f"NDCG@10 of {accuracy.n_users} users on {accuracy.judged}.")
    print(f"Wrote {out}. Try: genre recommend {out} --history {'ITEM'}")
