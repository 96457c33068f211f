"""Files to arrays on disk: read once by their content, then memory-mapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

from genre.core.fingerprint import fingerprint
from genre.core.progress import step
from genre.encoders._array_store import Stored, open_store
from genre.encoders._media_files import UnreadableError
from genre.encoders._media_vectors import digests

_AT_ONCE = 64
"""Files that are read before they are written down."""


@dataclass(frozen=True)
class ArrayReader:
    """How files become arrays of one shape.

    Attributes:
        read: a file's array; UnreadableError where it cannot be used.
        store: where arrays are kept; everything that decides them is in its name.
    """

    read: Callable[[Path], NDArray]
    store: Path
    shape: tuple[int, ...]
    dtype: DTypeLike

    def stored(self, files: Mapping[Path, list[int]], n_rows: int, doing: str) -> Stored:
        """The arrays of rows; nowhere for a row whose file cannot be used. Equal files are read once."""
        by_digest = digests(files)
        names, places = list(by_digest), np.full(n_rows, -1, dtype=np.int64)
        held = [""] * n_rows
        with open_store(self.store, self.shape, self.dtype) as store:
            missing = [name for name, is_known in zip(names, store.places(names) >= 0, strict=True) if not is_known]
            with step(doing, len(missing)) as bar:
                for start in range(0, len(missing), _AT_ONCE):
                    asked = missing[start : start + _AT_ONCE]
                    store.put(*self._arrays({name: by_digest[name][0] for name in asked}))
                    bar.advance(len(asked))
            for place, (name, paths) in zip(store.places(names), by_digest.items(), strict=True):
                for row in (row for path in paths for row in files[path]):
                    places[row], held[row] = place, name
            return Stored(store.arrays(), places, fingerprint(self.store.name, *held))

    def _arrays(self, paths: dict[str, Path]) -> tuple[list[str], list[NDArray]]:
        """Digests and arrays of the files that can be used."""
        found: dict[str, NDArray] = {}
        for digest, path in paths.items():
            try:
                found[digest] = self.read(path)
            except UnreadableError:
                continue
        return list(found), list(found.values())
