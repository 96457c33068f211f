"""Refuses places for results before any work is done, so that no hour of training ends at a path that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from genre.core.errors import DataError, Fault

MEND = "Choose another place, or check its rights."


def check_places(files: Sequence[Path | None] = (), folders: Sequence[Path | None] = ()) -> None:
    """Refuse paths where no file (or folder) could be written; None stands for an output that is not wanted.

    Raises:
        DataError: names all such paths.
    """
    faults: list[Fault] = []
    for path in (*files, *folders):
        if path is not None:
            faults.extend(_faults(path, is_folder=path in folders))
    if faults:
        raise DataError(faults)


def cannot_write(path: Path, error: OSError) -> DataError:
    """What the system says when it refuses to write."""
    return DataError(Fault(str(path), f"cannot be written: {error.strerror or error}.", MEND))


def _faults(path: Path, is_folder: bool) -> Iterator[Fault]:
    if path.exists() and path.is_dir() != is_folder:
        yield Fault(str(path), f"is a {'file' if is_folder else 'folder'}.", MEND)
        return
    whole = path.absolute()
    above = next(place for place in (*whole.parents, whole) if place.exists())
    if not above.is_dir():
        yield Fault(str(path), f"cannot be written: {_shown(above)} is a file.", MEND)
    elif not os.access(above, os.W_OK | os.X_OK):
        yield Fault(str(path), f"cannot be written: {_shown(above)} does not allow it.", MEND)


def _shown(path: Path) -> str:
    """A path as short as it was probably meant."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
