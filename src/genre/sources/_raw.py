"""Tables as they stand in files: batches of rows with their numbers, nothing judged yet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.values import columns


@dataclass(frozen=True, eq=False)
class BrokenRow:
    """A row that could not be taken apart: its number in the file, its text and why."""

    row: int
    line: str
    reason: str


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of a table.

    Attributes:
        frame: the columns asked for, B rows.
        rows: int64 [B], their numbers in the file.
        broken: rows of this batch that are not in `frame`.
    """

    frame: pl.DataFrame
    rows: NDArray[np.int64]
    broken: tuple[BrokenRow, ...] = field(default=())

    def numbered(self) -> pl.DataFrame:
        """The frame with the row numbers in front."""
        return self.frame.select(pl.Series(columns.ROW, self.rows), pl.exclude(columns.ROW))


class RawTable(ABC):
    """One table in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """The names of its columns.

        Raises:
            DataError: the file is missing, broken or empty.
        """

    @property
    def hint(self) -> str:
        """What to do when its columns are not those expected, where its header suggests something."""
        return ""

    @property
    def doubt(self) -> str:
        """What makes it doubtful that its columns are what they seem, if anything does."""
        return ""

    def is_untyped(self, name: str) -> bool:
        """Whether text in this column may stand for numbers, because the file has no types."""
        return False

    @abstractmethod
    def batches(self, names: Sequence[str] | None = None) -> Iterator[Batch]:
        """Its rows in order, the columns `names` only (None: all).

        Raises:
            DataError: the file is broken.
        """
