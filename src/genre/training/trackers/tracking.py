"""Opens the trackers that a recipe names, once there is something to tell them."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import PurePosixPath
from types import ModuleType

from genre.core.errors import MissingExtraError
from genre.core.places import check_places
from genre.training.trackers.base import Log, TrackedRun

NEEDED = {"tensorboard": ("tensorboard",), "mlflow": ("mlflow", "sqlalchemy", "alembic"), "wandb": ("wandb",)}


def missing_trackers(names: Sequence[str]) -> tuple[MissingExtraError, ...]:
    """What the trackers need and is not installed."""
    return tuple(
        MissingExtraError(package, "track", f"training.trackers: {name}")
        for name in names
        for package in NEEDED[name]
        if importlib.util.find_spec(package) is None
    )


@contextmanager
def tracking(names: Sequence[str], run: TrackedRun) -> Iterator[Log]:
    """What tells all trackers of an epoch; they are opened at the first one, and closed with this block.

    Raises:
        MissingExtraError: a tracker's package is not installed.
        DataError: nothing can be written where the run belongs.
    """
    for missing in missing_trackers(names):
        raise missing
    if names:
        check_places(folders=[run.folder])
    logs: list[Log] = []
    with ExitStack() as stack:

        def log(epoch: int, values: Mapping[str, float]) -> None:
            if not logs:
                logs.extend(stack.enter_context(_module(name).track(run)) for name in names)
            for each in logs:
                each(epoch, values)

        yield log


def run_folder(name: str) -> PurePosixPath:
    """Where a run of this name belongs among the others: its parts, without what file systems do not take."""
    parts = (re.sub(r"[^\w.-]+", "_", part).strip(".") for part in name.split("/"))
    return PurePosixPath(*(part for part in parts if part))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"genre.training.trackers.{name}")
