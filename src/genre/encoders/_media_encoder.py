"""What encoders of pictures and of sounds share: rows name files, and files can be missing or broken."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from genre.core.errors import DataError, Fault, GenreError
from genre.core.progress import track
from genre.encoders._media_files import UnreadableError, column_faults, file_names, folder_faults, locate
from genre.encoders.base import Encoder, EncoderConfig
from genre.values import Remark, World

N_EXAMPLES = 5


class MediaConfig(EncoderConfig):
    """Where the files are."""

    folder: Path = Field(
        Path(), description="Folder of the files; a relative one counts from where the command runs. Only it is read."
    )
    pattern: str | None = Field(
        None, description="File name with columns in braces, such as '{item_id}.jpg'; None: the column holds the name."
    )


class MediaEncoder(Encoder):
    """Reads one file per row; a row whose file is missing or broken counts as one without content.

    What a file is, its content says, not its ending. Files outside the folder are not read, whatever leads there.
    """

    config: MediaConfig
    medium: ClassVar[str]
    """picture or sound."""
    max_bytes: ClassVar[int]
    n_read: ClassVar[int]
    """Files that `genre check` reads in full; of the others it reads the header."""

    _side: Literal["items", "users"] = "items"

    @abstractmethod
    def _examine(self, path: Path) -> None:
        """Look at the header of a file.

        Raises:
            UnreadableError: it cannot be used.
        """

    @abstractmethod
    def _read(self, path: Path) -> Any:
        """The content of a file, ready for what comes next.

        Raises:
            UnreadableError: it cannot be used.
        """

    def _try(self, path: Path) -> None:
        """Read a file in full, without a model.

        Raises:
            UnreadableError: it cannot be used.
        """
        self._read(path)

    @abstractmethod
    def _require(self) -> None:
        """Refuse to go on without the packages that read files.

        Raises:
            MissingExtraError: one is not installed.
        """

    @property
    def needs_torch(self) -> bool:
        return True

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        try:
            self._require()
            files, troubles = self._files(table)
        except GenreError as error:
            return error.faults
        if not files and not troubles:
            return ()
        return self._none_usable(table, files, troubles, self._examine, "rows")

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return self._none_usable(table, *self._files(table), self._examine, "training rows")

    def observe(self, world: World) -> None:
        self._side = world.side

    def remarks(self, table: pl.DataFrame) -> tuple[Remark, ...]:
        files, troubles = self._files(table)
        places = np.linspace(0, len(files) - 1, min(len(files), self.n_read)).round().astype(int)
        paths = list(files)
        in_full = {paths[place] for place in places}
        for path in track(paths, f"Looking at {self.medium}s"):
            try:
                (self._try if path in in_full else self._examine)(path)
            except UnreadableError as error:
                troubles[error.reason, error.mend].extend(files[path])
        beside = f" ({len(in_full):,} of {len(files):,} were read in full)" if len(files) > self.n_read else ""
        return tuple(
            Remark(
                self._side,
                f"{self.medium}s cannot be used: {reason}{beside}",
                len(rows),
                table[sorted(rows)[:N_EXAMPLES]],
                mend,
            )
            for (reason, mend), rows in troubles.items()
        )

    def fit(self, table: pl.DataFrame) -> None:
        self._require()
        faults = self._none_usable(table, *self._files(table), self._try, "training rows")
        if faults:
            raise DataError(faults)

    def _none_usable(
        self,
        table: pl.DataFrame,
        files: Mapping[Path, list[int]],
        troubles: Mapping[tuple[str, str], list[int]],
        look: Callable[[Path], object],
        word: str,
    ) -> tuple[Fault, ...]:
        """A fault where no row has a file that can be used; stops at the first that can."""
        counts = Counter({trouble: len(rows) for trouble, rows in troubles.items()})
        for path, rows in files.items():
            try:
                look(path)
            except UnreadableError as error:
                counts[error.reason, error.mend] += len(rows)
            else:
                return ()
        reasons = [f"{count:,} times {reason}" for (reason, _), count in counts.most_common()]
        if counts.total() < len(table):
            reasons.append(f"{len(table) - counts.total():,} times nothing is named")
        what = f"none of {len(table):,} {word} has a {self.medium} that can be used: {'; '.join(reasons)}."
        mend = next((mend for (_, mend), _ in counts.most_common(1)), "Name a column with file names.")
        return (Fault(f"columns {', '.join(table.columns)}", what, mend),)

    def _files(self, table: pl.DataFrame) -> tuple[dict[Path, list[int]], dict[tuple[str, str], list[int]]]:
        """The rows of each file that is there; and rows whose file is not, by reason and mend.

        Raises:
            DataError: the columns or the folder are of no use.
        """
        folder = self.config.folder.expanduser()
        faults = (*folder_faults(folder), *column_faults(table, self.config.pattern))
        if faults:
            raise DataError(faults)
        files: dict[Path, list[int]] = defaultdict(list)
        troubles: dict[tuple[str, str], list[int]] = defaultdict(list)
        for name, rows in _rows_of(file_names(table, self.config.pattern)).items():
            try:
                files[locate(folder.resolve(), name, self.max_bytes)].extend(rows)
            except UnreadableError as error:
                troubles[error.reason, error.mend].extend(rows)
        return files, troubles


def _rows_of(names: Iterable[str | None]) -> dict[str, list[int]]:
    """The rows of each name."""
    found: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        if name is not None:
            found[name].append(row)
    return found
