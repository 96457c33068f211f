"""Events from files: rows that are no events are set aside, and a file that is read again changes nothing."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from genre.core.errors import DataError, Fault, StoreError
from genre.core.progress import step
from genre.serving.stream.intake import Sink, take
from genre.serving.stream.rows import RowReader, RowRules
from genre.sources._jsonl_table import parse
from genre.sources._kinds import file_kind, open_table
from genre.sources._ledger import Ledger
from genre.sources._raw import Batch
from genre.values import Quarantine

TABLE = "events"
LOOK_S, AGAIN_S = 0.2, 1.0
"""Between two looks at a file that grows, and between two tries when the sink is away."""
BLOCK_BYTES = 1 << 20
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ingested:
    """Attributes:
    n_rows: that were read.
    n_new, n_known: events that were kept, and that had been kept before.
    quarantine: rows that are no events, with the reason.
    """

    n_rows: int
    n_new: int
    n_known: int
    quarantine: tuple[Quarantine, ...]

    @property
    def n_refused(self) -> int:
        return sum(one.n_rows for one in self.quarantine)


class FileIntake:
    """Takes the events of one file.

    Args:
        most: events in one transaction.
    """

    def __init__(self, sink: Sink, path: Path, rules: RowRules | None = None, most: int = 1_000) -> None:
        self._sink, self._path, self._rules, self._most = sink, path, rules or RowRules(), most
        self._ledger = Ledger()
        self._n_rows = self._n_new = self._n_known = 0

    def run(self) -> Ingested:
        """Take all there is.

        Raises:
            DataError: the file is missing or broken, of no known kind, or lacks a column.
            StoreError: the sink is away; begin again, for what was taken before is known then.
        """
        kind = file_kind(self._path)
        if kind is None:
            raise DataError(Fault(str(self._path), "is of no known kind.", "Name it .csv, .tsv, .parquet or .jsonl."))
        table = open_table(self._path, kind)
        names = table.columns
        reader = RowReader(str(self._path), self._rules, names)
        wanted = [name for name in reader.columns if name in names]
        with step(f"reading {self._path.name}") as bar:
            for batch in table.batches(wanted):
                self._take(batch, reader, bar.advance)
        return self.so_far

    def follow(self, stop: threading.Event, told: Callable[[Ingested], None] = lambda _: None) -> Ingested:
        """Take what is there and what is written to the file from now on (JSON lines), until told to stop.

        While the sink is away, it is tried again and again.

        Args:
            told: hears of it after each part.

        Raises:
            DataError: the file cannot be read, or is not one of JSON lines.
        """
        if file_kind(self._path) != "jsonl" or self._path.suffix == ".gz":
            raise DataError(Fault(str(self._path), "cannot be followed.", "Only plain .jsonl files can."))
        reader = RowReader(str(self._path), self._rules)
        for batch in grown(self._path, stop):
            while not self._took(batch, reader):
                if stop.wait(AGAIN_S):
                    return self.so_far
            told(self.so_far)
        return self.so_far

    @property
    def so_far(self) -> Ingested:
        """What has been taken."""
        return Ingested(self._n_rows, self._n_new, self._n_known, self._ledger.quarantine())

    def _took(self, batch: Batch, reader: RowReader) -> bool:
        try:
            self._take(batch, reader, lambda n: None)
        except StoreError as error:
            log.warning("%s: no events are taken: %s", self._path, error)
            return False
        return True

    def _take(self, batch: Batch, reader: RowReader, advance: Callable[[int], None]) -> None:
        events, places, reasons = reader.read(batch)
        for start in range(0, len(events), self._most):
            part = events[start : start + self._most]
            outcome = take(self._sink, part, start)
            self._n_new, self._n_known = self._n_new + outcome.n_new, self._n_known + outcome.n_known
            reasons |= {places[place]: reason for place, reason in outcome.refused}
            advance(len(part))
        self._n_rows += len(batch.rows) + len(batch.broken)
        self._ledger.set_aside_broken(TABLE, batch.broken)
        rows = batch.numbered()
        for reason in dict.fromkeys(reasons.values()):
            of_it = np.array(sorted(place for place, why in reasons.items() if why == reason))
            self._ledger.set_aside(TABLE, reason, rows[of_it])


def grown(path: Path, stop: threading.Event) -> Iterator[Batch]:
    """The lines of a file, whole ones only, as they are written; a file that is cut or replaced is read from its start.

    Raises:
        DataError: the file cannot be read.
    """
    file, row, size = _opened(path), 1, BLOCK_BYTES
    try:
        while True:
            at = file.tell()
            block = file.read(size)
            whole = block[: block.rfind(b"\n") + 1]
            file.seek(at + len(whole))
            if whole:
                yield parse(whole, row)
                row += whole.count(b"\n")
            elif len(block) == size:  # a long line
                size *= 2
            elif stop.wait(LOOK_S):
                return
            elif _is_another(file, path):
                file.close()
                file, row = _opened(path), 1
    finally:
        file.close()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise DataError(Fault(str(path), f"cannot be read: {error.strerror}.", "Look at the path.")) from None


def _is_another(file: BinaryIO, path: Path) -> bool:
    """Whether the file at the path was cut, or is another one than was opened; one that is away for a moment is not."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    opened = os.fstat(file.fileno())
    return (now.st_ino, now.st_dev) != (opened.st_ino, opened.st_dev) or now.st_size < file.tell()
