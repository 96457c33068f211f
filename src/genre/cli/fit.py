"""genre fit: train a model and write it as a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genre.cli._options import AsJson, Overrides, RecipeFile, keep_quarantine, print_json, tell_absent, working


def command(
    recipe: RecipeFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the bundle.", show_default=False)],
    refit: Annotated[
        bool, typer.Option(help="Fit again on all interactions with what validation chose; doubles the time.")
    ] = True,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    as_json: AsJson = False,
) -> None:
    """Train a model on all data and write it as one folder.

    An interrupted run goes on where it stopped when it is started again with the same recipe and folder.
    """
    import shutil

    from genre.config.loading import load_recipe
    from genre.core.places import check_places
    from genre.core.progress import measured
    from genre.pipeline.assemble import prepare
    from genre.pipeline.bundle import refuse_foreign
    from genre.pipeline.fit import fit_prepared

    check_places(folders=[out])
    refuse_foreign(out)
    checkpoints = out.parent / f".{out.name}.checkpoints"
    with working(as_json), measured() as cost:
        prepared = prepare(load_recipe(recipe, overrides))
        keep_quarantine(prepared.dataset, recipe)
        model = fit_prepared(prepared, checkpoints, refit)
        model.save(out)
    tell_absent(model.features)
    shutil.rmtree(checkpoints, ignore_errors=True)
    if as_json:
        print_json(
            {
                "bundle": str(out),
                "n_users": model.catalog.n_users,
                "n_items": model.catalog.n_items,
                "metrics": model.metrics,
                "seconds": cost.seconds,
                "peak_mib": cost.peak_mib,
            }
        )
        return
    print(
        f"Wrote {out}: {model.catalog.n_items} items, {model.catalog.n_users} users, "
        f"{cost.seconds:.1f} s, {cost.peak_mib:.0f} MiB at most."
    )
    print(f"Try: genre recommend {out} --user {model.catalog.user_vocabulary.ids[0]}")
