"""Options that several commands share, and how results are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from genre.encoders.base import Feature
    from genre.values import Dataset

RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE", help="Recipe file (YAML).", show_default=False)]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value of the recipe; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]

ReportFile = Annotated[Path | None, typer.Option("--report", help="Write the report as one HTML page.")]
Lists = Annotated[Path | None, typer.Option("--lists", help="Write all lists to this parquet file.")]
SplitOut = Annotated[
    Path | None, typer.Option("--split-out", help="Write train, valid and test parts into this folder.")
]


@contextmanager
def working(as_json: bool) -> Iterator[None]:
    """Show progress on standard error, unless the output is for a program."""
    from genre.core import progress

    if as_json or not sys.stderr.isatty():
        yield
        return
    with progress.shown():
        yield


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1, allow_nan=False)
    sys.stdout.write("\n")


def tell_absent(features: Sequence[Feature], section: str = "features", rows: str = "items") -> None:
    """Say on standard error which features some rows have no content of."""
    for place, feature in enumerate(features):
        present, encoder = feature.embeddings.present, feature.encoder
        if not present.all() and (encoder.needs_columns or encoder.gives_vectors):
            told = f"{section}.{place} '{feature.name}': {present.sum()} of {len(present)} {rows} have content"
            print(f"{told}; genre check shows why others have none.", file=sys.stderr)


def keep_quarantine(dataset: Dataset, recipe: Path) -> None:
    """Say on standard error how many rows were set aside and why, and keep them in a file beside the recipe."""
    from genre.core.errors import DataError
    from genre.values import write_quarantine

    if not dataset.quarantine:
        return
    path = recipe.with_suffix(".quarantine.jsonl")
    kept = f"kept in {path}"
    try:
        write_quarantine(dataset.quarantine, path)
    except DataError as error:
        kept = f"not kept ({error})"
    print(f"{dataset.n_quarantined} rows set aside, {kept}:", file=sys.stderr)
    for entry in dataset.quarantine:
        print(f"  {entry.table}: {entry.reason} ({entry.n_rows})", file=sys.stderr)
