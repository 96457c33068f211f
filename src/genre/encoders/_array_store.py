"""Arrays of one shape on disk, read through memory mapping: what trained encoders see of pictures and sounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray

from genre.core.errors import DataError, Fault
from genre.encoders._vector_cache import connected, unusable

_ASKED = 500
_TABLE = "CREATE TABLE IF NOT EXISTS places (key BLOB PRIMARY KEY, place INTEGER NOT NULL)"


@dataclass(frozen=True, eq=False)
class Stored:
    """What a network reads of each row.

    Attributes:
        arrays: all that the store holds, memory-mapped [P, ...].
        places: int64 [N], where each row stands in `arrays`, -1 for none.
        fingerprint: of the store's name and of what stands for each row: places say nothing once a store is made anew.
    """

    arrays: NDArray
    places: NDArray[np.int64]
    fingerprint: str


class ArrayStore:
    """One flat file of equal records and, beside it, which digest stands where; made by `open_store`.

    Records are only ever appended, and a place counts from when SQLite has written it down: two processes may write
    at once, and what one that is killed was writing is written over.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._connection, self._path, self._shape, self._dtype = connection, path, shape, np.dtype(dtype)

    def places(self, digests: Sequence[str]) -> NDArray[np.int64]:
        """Where each digest stands, -1 where it is unknown: int64 [n]."""
        known: dict[bytes, int] = {}
        keys = [bytes.fromhex(digest) for digest in digests]
        for start in range(0, len(keys), _ASKED):
            asked = keys[start : start + _ASKED]
            query = f"SELECT key, place FROM places WHERE key IN ({','.join('?' * len(asked))})"  # noqa: S608
            known.update(self._connection.execute(query, asked))
        return np.array([known.get(key, -1) for key in keys], dtype=np.int64)

    def put(self, digests: Sequence[str], arrays: Sequence[NDArray]) -> None:
        """Append the arrays of digests that are not known yet."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            known = self.places(digests) >= 0
            fresh = {
                digest: array for digest, array, is_known in zip(digests, arrays, known, strict=True) if not is_known
            }
            (place,) = self._connection.execute("SELECT COALESCE(MAX(place) + 1, 0) FROM places").fetchone()
            with self._path.open("r+b" if self._path.exists() else "w+b") as file:
                file.seek(place * self._record_bytes)
                for array in fresh.values():
                    file.write(np.ascontiguousarray(array, dtype=self._dtype).tobytes())
            rows = [(bytes.fromhex(digest), place + number) for number, digest in enumerate(fresh)]
            self._connection.executemany("INSERT INTO places VALUES (?, ?)", rows)

    def arrays(self) -> NDArray:
        """All records, memory-mapped [P, *shape]; an empty array where there is none.

        Raises:
            DataError: the file holds less than was written.
        """
        (n_records,) = self._connection.execute("SELECT COALESCE(MAX(place) + 1, 0) FROM places").fetchone()
        if n_records == 0:
            return np.zeros((0, *self._shape), dtype=self._dtype)
        if not self._path.exists() or self._path.stat().st_size < n_records * self._record_bytes:
            mend = f"Delete it and {index_of(self._path).name} beside it; they are made again."
            raise DataError(Fault(f"store {self._path}", "is cut or gone.", mend))
        return np.memmap(self._path, dtype=self._dtype, mode="r", shape=(n_records, *self._shape))

    @property
    def _record_bytes(self) -> int:
        return int(np.prod(self._shape)) * self._dtype.itemsize


@contextmanager
def open_store(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[ArrayStore]:
    """The store in the file `path`, made where there is none.

    Raises:
        DataError: a file is broken, or the folder cannot be written.
    """
    with connected(index_of(path), _TABLE) as connection:
        try:
            yield ArrayStore(connection, path, shape, dtype)
        except OSError as error:
            raise unusable(path, str(error.strerror)) from None


def index_of(path: Path) -> Path:
    """The file that says what stands where."""
    return path.with_suffix(".sqlite")
