"""Files to vectors: from the cache where their content is known, through a frozen model where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.file_digest import file_digest
from genre.core.progress import Step, step
from genre.encoders._media_files import UnreadableError
from genre.encoders._vector_cache import open_cache


@dataclass(frozen=True)
class MediaReader:
    """How files are read, and what makes vectors of them.

    Attributes:
        read: a file's content; UnreadableError where it cannot be used.
        encode: B contents -> float32 B x D.
        cache: where vectors are kept; everything that decides them is in its name.
        batch_size: files that are encoded together.
    """

    read: Callable[[Path], Any]
    encode: Callable[[list[Any]], NDArray[np.float32]]
    cache: Path
    width: int
    batch_size: int

    def vectors(self, files: Mapping[Path, list[int]], n_rows: int, doing: str) -> NDArray[np.float32]:
        """Vectors of rows, N x D; NaN where a row's file cannot be used. Equal files are read once."""
        by_digest = digests(files)
        known = np.empty((len(by_digest), self.width), dtype=np.float32)
        with open_cache(self.cache) as cache:
            names = list(by_digest)
            missing = np.flatnonzero(~cache.get(names, known))
            known[missing] = np.nan
            paths = [by_digest[names[place]][0] for place in missing]
            with step(doing, len(missing)) as bar:
                for places, fresh in self._encoded(paths, bar):
                    known[missing[places]] = fresh
                    cache.put([names[place] for place in missing[places]], fresh)
        vectors = np.full((n_rows, self.width), np.nan, dtype=np.float32)
        for vector, same in zip(known, by_digest.values(), strict=True):
            for path in same:
                vectors[files[path]] = vector
        return vectors

    def _encoded(self, paths: list[Path], bar: Step) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Places among `paths` and their vectors, a batch at a time."""
        for start in range(0, len(paths), self.batch_size):
            contents: dict[int, Any] = {}
            for place, path in enumerate(paths[start : start + self.batch_size], start):
                try:
                    contents[place] = self.read(path)
                except UnreadableError:
                    continue
            if contents:
                yield list(contents), self.encode(list(contents.values()))
            bar.advance(min(self.batch_size, len(paths) - start))


def digests(files: Mapping[Path, list[int]]) -> dict[str, list[Path]]:
    """The files of each content; files that can no longer be opened are left out."""
    found: dict[str, list[Path]] = {}
    for path in files:
        try:
            found.setdefault(file_digest(path), []).append(path)
        except OSError:
            continue
    return found
