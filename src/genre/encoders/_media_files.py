"""Finds the file that a row names, and says why it cannot be used where it cannot."""

from __future__ import annotations

import stat
import string
from pathlib import Path

import polars as pl

from genre.core.errors import Fault


class UnreadableError(Exception):
    """A picture or sound that cannot be used; the row counts as one without content.

    Attributes:
        reason: ends the sentence "3 pictures cannot be used: ...", the same for all files of one kind of trouble.
        mend: what to do about it.
    """

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason, self.mend = reason, mend


def folder_faults(folder: Path) -> tuple[Fault, ...]:
    """What is wrong with the folder of the files."""
    if folder.is_dir():
        return ()
    what = "is a file." if folder.exists() else f"there is no such folder; relative paths count from {Path.cwd()}."
    return (Fault(f"folder {folder}", what, "Name the folder in which the files lie."),)


def column_faults(table: pl.DataFrame, pattern: str | None) -> tuple[Fault, ...]:
    """What keeps the columns from naming files."""
    if pattern is not None:
        return _pattern_faults(table, pattern)
    where = f"columns {', '.join(table.columns)}"
    if table.width != 1:
        mend = "Name the one with the file names, or set pattern, such as '{item_id}.jpg'."
        return (Fault(where, f"file names stand in one column, not in {table.width}.", mend),)
    dtype = table.dtypes[0]
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    if inner not in (pl.String, pl.Null):
        mend = "Name a column of texts, or set pattern, such as '{item_id}.jpg'."
        return (Fault(where, f"holds {dtype}, not file names.", mend),)
    return ()


def _pattern_faults(table: pl.DataFrame, pattern: str) -> tuple[Fault, ...]:
    try:
        fields = _fields(pattern)
    except ValueError as error:
        return (Fault("pattern", f"'{pattern}' is no pattern: {error}.", "Write columns in braces: '{item_id}.jpg'."),)
    unknown = [name for name in fields if name not in table.columns]
    if unknown:
        mend = f"Add it to the feature's columns; there are: {', '.join(table.columns)}."
        return (Fault("pattern", f"names '{unknown[0]}', which is no column of the feature.", mend),)
    if not fields:
        return (Fault("pattern", f"'{pattern}' names no column.", "Write columns in braces: '{item_id}.jpg'."),)
    nested = [name for name in fields if table.schema[name].is_nested()]
    if nested:
        return (Fault("pattern", f"names '{nested[0]}', which holds lists.", "Name columns of single values."),)
    return ()


def file_names(table: pl.DataFrame, pattern: str | None) -> list[str | None]:
    """What each row calls its file [N]; of a list the first entry, None where there is nothing."""
    if pattern is not None:
        parts: list[pl.Expr] = []
        for literal, field, _, _ in string.Formatter().parse(pattern):
            parts.append(pl.lit(literal))
            if field is not None:
                value = pl.col(field).cast(pl.String).str.strip_chars()
                parts.append(pl.when(value != "").then(value))
        return table.select(name=pl.concat_str(parts)).to_series().to_list()
    column = table.to_series()
    if isinstance(column.dtype, pl.List):
        column = column.list.first()
    names = column.cast(pl.String).str.strip_chars()
    return [name or None for name in names]


def _fields(pattern: str) -> list[str]:
    """The columns in a pattern.

    Raises:
        ValueError: it is more than text and columns.
    """
    parts = list(string.Formatter().parse(pattern))
    if any(spec or conversion for _, field, spec, conversion in parts if field is not None):
        raise ValueError("only column names may stand in braces")
    return [field for _, field, _, _ in parts if field is not None]


def locate(folder: Path, name: str, max_bytes: int) -> Path:
    """The file `name` in `folder` (resolved), which must hold something.

    Raises:
        UnreadableError: there is none, it lies elsewhere, or it is not a file of sensible size.
    """
    if "://" in name:
        raise UnreadableError("these are addresses, not files", "Download them and name their folder.")
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            mend = f"Only files below {folder} are read; move them there or name another folder."
            raise UnreadableError("they lie outside the folder", mend)
        about = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableError("there is no such file", f"Check the names; they count from {folder}.") from None
    except PermissionError:
        raise UnreadableError("they may not be opened", "Check the rights of the files and folders.") from None
    except (OSError, ValueError, RuntimeError):
        raise UnreadableError("these are no file names", "Check the column.") from None
    if stat.S_ISDIR(about.st_mode):
        raise UnreadableError("these are folders", "Name the file in it.")
    if not stat.S_ISREG(about.st_mode):
        raise UnreadableError("these are no plain files", "Name plain files.")
    if about.st_size == 0:
        raise UnreadableError("the files are empty (0 bytes)", "Fetch them again.")
    if about.st_size > max_bytes:
        raise UnreadableError(f"the files are larger than {max_bytes // 2**20} MiB", "Make them smaller.")
    return path
