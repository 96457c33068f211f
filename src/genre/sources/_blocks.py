"""Text files in blocks of whole rows: bounded memory, gzip, encodings, clear words about files that are not text."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from genre.core.errors import DataError, Fault

BLOCK_BYTES = 1 << 24
MAX_CARRIED_BLOCKS = 4
"""A row that seems to go on for longer than this many blocks is cut: its quote was never closed."""

_NOT_TEXT = {
    b"PAR1": ("is a parquet file.", "Use the source 'parquet'."),
    b"PK\x03\x04": ("is a zip archive or a spreadsheet.", "Unpack it, or save the table as CSV."),
    b"BZh": ("is packed with bzip2.", "Unpack it, or pack it with gzip."),
    b"\xfd7zXZ": ("is packed with xz.", "Unpack it, or pack it with gzip."),
    b"\x28\xb5\x2f\xfd": ("is packed with zstd.", "Unpack it, or pack it with gzip."),
}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def blocks(path: Path, encoding: str = "utf-8", quote: bytes = b'"') -> Iterator[bytes]:
    """The file as UTF-8 blocks that end at line ends outside quotes; a byte order mark is taken off.

    Args:
        encoding: of the file. Bytes that cannot be read in it pass through and are found when rows are taken apart.
        quote: the quote character, empty when quotes mean nothing.

    Raises:
        DataError: the file is missing, a folder, packed, cut or not text.
    """
    carried = b""
    for text in _chunks(path, encoding):
        carried += text
        cut = _cut(carried, quote)
        if cut:
            yield carried[:cut]
            carried = carried[cut:]
    if carried.strip():
        yield carried if carried.endswith(b"\n") else carried + b"\n"


def _chunks(path: Path, encoding: str) -> Iterator[bytes]:
    """The file's text as UTF-8, cut anywhere; what another encoding cannot read stays as it is, which is no UTF-8."""
    decoder = None if _is_utf8(encoding) else codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    is_first = True
    try:
        with open_binary(path) as file:
            while chunk := file.read(BLOCK_BYTES):
                if is_first:
                    _refuse_foreign(path, chunk, encoding)
                text = chunk if decoder is None else decoder.decode(chunk).encode(errors="surrogateescape")
                yield text.removeprefix(codecs.BOM_UTF8) if is_first else text
                is_first = False
            if decoder is not None:
                yield decoder.decode(b"", final=True).encode(errors="surrogateescape")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        what = f"the gzip file is cut or broken: {error}."
        raise DataError(Fault(str(path), what, "Fetch or pack it again.")) from None
    except OSError as error:
        what = f"could not be read: {error.strerror}."
        raise DataError(Fault(str(path), what, "Check the disk and rights.")) from None
    except UnicodeError:
        raise DataError(Fault(str(path), f"is not {encoding} text.", "Name its encoding in the source.")) from None


def open_binary(path: Path) -> BinaryIO:
    """The file's bytes, unpacked if it is gzip.

    Raises:
        DataError: there is no such file, or it is a folder, or it may not be read.
    """
    require_file(path)
    file = path.open("rb")
    if file.peek(2)[:2] == b"\x1f\x8b":
        file.close()
        return io.BufferedReader(gzip.open(path, "rb"), BLOCK_BYTES)  # type: ignore[type-var,return-value]
    return file


def require_file(path: Path) -> None:
    """Refuse what is not a readable file with bytes in it."""
    if not path.exists():
        raise DataError(Fault(str(path), "there is no such file.", _nearby(path)))
    if path.is_dir():
        raise DataError(Fault(str(path), "is a folder.", "Name the file in it."))
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise DataError(Fault(str(path), f"could not be opened: {error.strerror}.", "Check its rights.")) from None
    if empty:
        raise DataError(Fault(str(path), "is empty.", "Write the table again."))


def _nearby(path: Path) -> str:
    """A hint at files that do exist."""
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either.{_searched(path)}"
    from genre.core.errors import near

    hint = near(path.name, sorted(entry.name for entry in path.parent.iterdir() if entry.is_file()))
    return hint + _searched(path)


def _searched(path: Path) -> str:
    """Where a relative path counts from."""
    return "" if path.is_absolute() else f" Looked in {Path.cwd()}; tables of a recipe file may also lie beside it."


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def _refuse_foreign(path: Path, head: bytes, encoding: str) -> None:
    for magic, (what, mend) in _NOT_TEXT.items():
        if head.startswith(magic):
            raise DataError(Fault(str(path), what, mend))
    if not _is_utf8(encoding):
        return
    if head.startswith(_UTF16):
        raise DataError(
            Fault(str(path), "is UTF-16 text.", "Name it in the recipe (encoding: utf-16) or save as UTF-8.")
        )
    if b"\x00" in head[:4096]:
        raise DataError(Fault(str(path), "is not a text table: it holds zero bytes.", "Check which file this is."))


def _cut(text: bytes, quote: bytes) -> int:
    """Where the last whole row ends, 0 when there is none yet."""
    cut = text.rfind(b"\n") + 1
    if not quote or not cut:
        return cut
    odd = text.count(quote, 0, cut) % 2
    place = cut
    while odd and place:
        last_quote = text.rfind(quote, 0, place)
        odd = (odd + text.count(quote, last_quote, place)) % 2
        place = text.rfind(b"\n", 0, last_quote) + 1 if last_quote >= 0 else 0
        if place:
            odd = (odd + text.count(quote, place, last_quote)) % 2
    if place or len(text) < MAX_CARRIED_BLOCKS * BLOCK_BYTES:
        return place
    return cut
