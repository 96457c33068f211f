"""Opens files as tables and looks at their first rows."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import polars as pl

from genre.config.recipe import SOURCES
from genre.core.errors import DataError, Fault
from genre.core.progress import track
from genre.pipeline import _draft_names as names
from genre.pipeline._draft_columns import ColumnLook, look
from genre.sources._csv_header import is_data, is_name
from genre.sources._joining import joined
from genre.sources._kinds import file_kind

SAMPLE_ROWS = 200_000
HEADER_ROWS = 20_000
"""Rows in which a cell of the first row may come again, which names of columns do not."""
ROLES: tuple[names.Role, ...] = get_args(names.Role)
OTHER_CSV = (".txt", ".dat", ".data", ".item", ".user")
"""Endings of text tables that do not say so by themselves."""


@dataclass(frozen=True, eq=False)
class TableLook:
    """What was seen of one file.

    Attributes:
        word: the type of source that reads it: csv, parquet, jsonl or recbole.
        frame: its first rows.
        is_whole: whether these are all of its rows.
        columns: what each column of `frame` holds.
        encoding: of a text file.
        header: names that were made up for the columns of a text file without a header row.
    """

    path: Path
    word: str
    frame: pl.DataFrame
    is_whole: bool
    columns: tuple[ColumnLook, ...]
    encoding: str = "utf-8"
    header: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnLook:
        return next(column for column in self.columns if column.name == name)

    @property
    def size(self) -> str:
        """Number of rows, for people."""
        return f"{len(self.frame):,} rows" if self.is_whole else f"more than {len(self.frame):,} rows"


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files themselves; of a folder, the tables in it.

    Raises:
        DataError: no such file, one given twice, or a folder without tables: all of them at once.
    """
    found: list[Path] = []
    faults: list[Fault] = []
    whole = [path.resolve() for path in paths]
    for path in dict.fromkeys(path for path in paths if whole.count(path.resolve()) > 1):
        faults.append(Fault(str(path), "is given more than once.", "Name each table once."))
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.is_file() and _is_table(file))
            found += inside
            if not inside:
                kinds = ", ".join(sorted({file.suffix for file in path.iterdir() if file.is_file()})) or "none"
                what = f"is a folder without a table (endings in it: {kinds})."
                faults.append(Fault(str(path), what, "Name tables that end in .csv, .parquet or .jsonl."))
        elif path.exists():
            found.append(path)
        else:
            faults.append(Fault(str(path), "there is no such file.", "Check the path."))
    if faults:
        raise DataError(faults)
    return list({path.resolve(): path for path in reversed(found)}.values())[::-1]


def look_at(files: Sequence[Path]) -> list[TableLook]:
    """A look at each file.

    Raises:
        DataError: a file cannot be read as a table: all of them at once.
    """
    looks: list[TableLook] = []
    faults: list[Fault] = []
    for path in track(files, "Looking at tables"):
        try:
            looks.append(_look(path))
        except DataError as error:
            faults.extend(error.faults)
    if faults:
        raise DataError(faults)
    return looks


def look_at_batches(path: Path, word: str, batches: Iterable[Any]) -> TableLook:
    """A look at the first batches of a table.

    Raises:
        DataError: there are no rows.
    """
    parts: list[pl.DataFrame] = []
    n_rows = 0
    for batch in batches:
        parts.append(batch.frame)
        n_rows += len(batch.frame)
        if n_rows > SAMPLE_ROWS:
            break
    if not n_rows:
        raise DataError(Fault(str(path), "holds no rows.", "Leave it out, or write the table again."))
    frame = joined(parts).head(SAMPLE_ROWS)
    return TableLook(path, word, frame, n_rows <= SAMPLE_ROWS, tuple(map(look, frame.get_columns())))


def _look(path: Path) -> TableLook:
    word = _word(path)
    if word != "csv":
        return look_at_batches(path, word, _open(path, word).batches())
    encoding = _encoding(path)
    cells = _open(path, word, encoding=encoding).first_row
    header = tuple(f"column_{place}" for place in range(1, len(cells) + 1))
    bare = _open(path, word, encoding=encoding, headers={"interactions": header})
    rows = next((batch.frame for batch in bare.batches()), pl.DataFrame(schema=header)).slice(1, HEADER_ROWS)
    n_names = sum(is_name(cell) or any(names.fit(cell, role) == 1 for role in ROLES) for cell in cells)
    if is_data(cells, rows, n_names):
        return replace(look_at_batches(path, word, bare.batches()), encoding=encoding, header=header)
    return replace(look_at_batches(path, word, _open(path, word, encoding=encoding).batches()), encoding=encoding)


def _open(path: Path, word: str, **options: Any) -> Any:
    """The table as the source of this type reads it."""
    source = SOURCES.build({"type": word, "interactions": str(path), **options})
    return source.inputs().tables["interactions"].table


def _encoding(path: Path) -> str:
    """utf-8 if the start of the file is, else what reads it."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        try:
            start = file.read(1 << 20)
        except (OSError, EOFError, zlib.error):
            return "utf-8"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return _foreign(start)
    return "utf-8"


def _foreign(start: bytes) -> str:
    """gb18030 where that gives Chinese text, else latin-1, which reads anything."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(start)
    except UnicodeDecodeError:
        return "latin-1"
    n_foreign = sum(not char.isascii() for char in text)
    n_han = sum("\u4e00" <= char <= "\u9fff" for char in text)
    return "gb18030" if n_han >= 0.8 * n_foreign else "latin-1"


def _is_table(path: Path) -> bool:
    bare = path.with_suffix("") if path.suffix == ".gz" else path
    return file_kind(path) is not None or bare.suffix.lower() in OTHER_CSV


def _word(path: Path) -> str:
    """The source type for a file, by its ending; parquet also by its first bytes."""
    kind = file_kind(path)
    if kind is not None:
        return kind
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return "parquet"
    if _is_table(path):
        return "csv"
    what = f"has the ending '{path.suffix}', which no source reads." if path.suffix else "has no ending."
    raise DataError(Fault(str(path), what, "Rename it to .csv, .parquet or .jsonl, whichever it is."))
