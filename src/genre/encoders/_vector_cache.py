"""Vectors on disk, so that nothing is read twice by the same model with the same settings."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genre.core.cache_dir import VARIABLE, cache_dir
from genre.core.errors import DataError, Fault

_ASKED = 500
"""Keys per query; SQLite takes 999 at least."""
_PAGE_BYTES = 16_384
"""Room for a few vectors: half the reads of the usual 4096."""
_PATIENCE_S = 60.0
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"


class VectorCache:
    """One SQLite file of digest -> float32 vector, for one model and one way of reading; made by `open_cache`.

    What was read is named by a text: itself, or the digest of a picture or sound.

    Write-ahead logging keeps it whole when two processes write at once or one is killed while it writes: what was put
    is there, what was being put is not. Looking up a million texts needs no more memory than their vectors.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, texts: Sequence[str], out: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Fill the rows of `out` [n, D] whose text is known; gives which, bool [n]. The texts are all different."""
        known = np.zeros(len(texts), dtype=np.bool_)
        for start in range(0, len(texts), _ASKED):
            rows = {_key(text): row for row, text in enumerate(texts[start : start + _ASKED], start)}
            marks = ",".join("?" * len(rows))
            query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
            pairs = [(rows[key], vector) for key, vector in self._connection.execute(query, list(rows))]
            places = [row for row, _ in pairs]
            out[places] = np.frombuffer(b"".join(vector for _, vector in pairs), "<f4").reshape(-1, out.shape[1])
            known[places] = True
        return known

    def width(self) -> int | None:
        """D of the vectors that are kept, None where there are none yet."""
        found = self._connection.execute("SELECT LENGTH(vector) / 4 FROM vectors LIMIT 1").fetchone()
        return None if found is None else int(found[0])

    def put(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep `vectors` [n, D] of `texts`, all of them or, when the process dies, none."""
        rows = [(_key(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._connection:
            self._connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)


def cache_path(folder: str, label: str, settings: Mapping[str, object]) -> Path:
    """The file for the vectors that `settings` decide, in a folder of the cache."""
    name = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:24]
    return cache_dir() / folder / f"{label}-{name}.sqlite"


@contextmanager
def open_cache(path: Path) -> Iterator[VectorCache]:
    """The cache in the file `path`, made where there is none, open inside this block.

    Raises:
        DataError: the file is broken, or its folder cannot be written.
    """
    with connected(path, _TABLE) as connection:
        yield VectorCache(connection)


@contextmanager
def connected(path: Path, table: str) -> Iterator[sqlite3.Connection]:
    """The SQLite file `path` with `table` (a statement that makes it where need be) in it.

    Raises:
        DataError: the file is broken, or its folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(path, str(error.strerror)) from None
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S)) as connection:
            _prepare(connection, table)
            yield connection
    except sqlite3.OperationalError as error:
        raise unusable(path, str(error)) from None
    except sqlite3.DatabaseError as error:
        mend = "Delete this file; its vectors are computed again."
        raise DataError(Fault(f"vector cache {path}", f"is broken: {error}.", mend)) from None


def unusable(path: Path, reason: str) -> DataError:
    """What a disk that is full or closed to us means."""
    mend = f"Free the disk, or set {VARIABLE} to a folder on a local disk that can be written."
    return DataError(Fault(f"vector cache {path}", f"cannot be used: {reason}.", mend))


def _prepare(connection: sqlite3.Connection, table: str) -> None:
    """Switch to write-ahead logging, which fails at once (without waiting) while another process does the same."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(table)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
