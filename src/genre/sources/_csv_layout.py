"""How a separated text file is written, told by its recipe and its first row."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genre.core.errors import DataError, Fault

INNER_SEPARATOR = "\x1f"
"""Stands for separators of more than one character while text is taken apart."""


@dataclass(frozen=True)
class Dialect:
    """What is known before the file is opened.

    Attributes:
        separator: one or more characters; empty: found in the first line.
        quote: one character, or empty when quotes mean nothing.
        header: names of the columns when the file has no header row.
        null_values: texts that stand for nothing, beside the empty one.
    """

    separator: str = ""
    quote: str = '"'
    encoding: str = "utf-8"
    header: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """What is known after its start was read.

    Attributes:
        names: of the columns.
        header_bytes: length of the header row, 0 when there is none.
    """

    names: list[str]
    header_bytes: int
    separator: str
    quote: str
    null_values: tuple[str, ...]

    @property
    def delimiter(self) -> str:
        """One character: the separator, or what stands for it."""
        return self.separator if len(self.separator) == 1 else INNER_SEPARATOR

    @property
    def quoting(self) -> Any:
        """Keywords for `csv.reader`."""
        return {"quotechar": self.quote} if self.quote else {"quoting": csv.QUOTE_NONE}

    def inner(self, text: str) -> str:
        """Text whose separator is one character."""
        return text if len(self.separator) == 1 else text.replace(self.separator, INNER_SEPARATOR)

    def outer(self, text: str) -> str:
        """The inverse of `inner`."""
        return text if len(self.separator) == 1 else text.replace(INNER_SEPARATOR, self.separator)

    def misfit(self, n_values: int) -> str:
        """The reason to set aside a row of so many values."""
        return f"row has {n_values} values where the table has {len(self.names)} columns"


def read_layout(path: Path, start: bytes, dialect: Dialect) -> Layout:
    """The layout of a file that begins with `start`.

    Raises:
        DataError: the header cannot be read, is empty, or two columns have one name.
    """
    if dialect.header:
        return _layout(_text(start), dialect)
    names, n_bytes = first_row(path, start, dialect)
    if not any(names):
        mend = "Begin the file with the names of its columns, or give them in 'headers'."
        raise DataError(Fault(f"{path}, row 1", "holds no column names.", mend))
    names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        mend = "Give each column its own name; if the file has no header row, name its columns in 'headers'."
        raise DataError(Fault(f"{path}, row 1", f"two columns are called '{twins[0]}'.", mend))
    return replace(_layout(_text(start), dialect), names=names, header_bytes=n_bytes)


def first_row(path: Path, start: bytes, dialect: Dialect) -> tuple[list[str], int]:
    """The cells of the first row, whatever they are, and its length in bytes.

    Raises:
        DataError: it cannot be taken apart.
    """
    text = _text(start)
    layout = _layout(text, dialect)
    stream = io.StringIO(layout.inner(text), newline="")
    try:
        names = next(csv.reader(iter(stream.readline, ""), delimiter=layout.delimiter, **layout.quoting), [])
    except csv.Error as error:
        mend = "Check the quotes and the separator in the first line."
        raise DataError(Fault(f"{path}, row 1", f"cannot be taken apart: {error}.", mend)) from None
    return [name.strip() for name in names], len(layout.outer(stream.getvalue()[: stream.tell()]).encode())


def _text(start: bytes) -> str:
    return start[: 1 << 20].decode("utf-8", errors="replace")


def _layout(text: str, dialect: Dialect) -> Layout:
    separator = dialect.separator or _likely_separator(text.partition("\n")[0])
    return Layout(list(dialect.header), 0, separator, dialect.quote, dialect.null_values)


def _likely_separator(line: str) -> str:
    """The separator that cuts the first line into most pieces."""
    counts = {separator: line.count(separator) for separator in (",", "\t", ";", "|", "::")}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] else ","
