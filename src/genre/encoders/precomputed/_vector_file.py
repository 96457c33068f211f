"""Files of vectors, each with its id: numpy, safetensors, parquet and csv."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.errors import DataError, Fault, near
from genre.encoders.precomputed._matrix import matrix_of

VECTORS, IDS = "vectors", "ids"
"""What arrays are called in .npz and .safetensors files."""
_ID_FILE = "Name in 'ids' a text file with an id per line, or a .npy file of ids, in the order of the vectors."


@dataclass(frozen=True, eq=False)
class VectorFile:
    """n vectors and whose they are.

    Attributes:
        ids: text [n], distinct.
        vectors: numbers [n, D], perhaps read from disk where they are looked at; not finite where a file says so.
    """

    ids: pl.Series
    vectors: NDArray[Any]


def read_vectors(path: Path, ids: Path | None = None, id_column: str | None = None) -> VectorFile:
    """The vectors in `path`, whose ending says how they are stored.

    Args:
        ids: a file of ids in the same order, for files without.
        id_column: of a parquet or csv file; None: its first column.

    Raises:
        DataError: the file is missing, broken or not of this form.
    """
    readers: dict[str, Callable[[], tuple[pl.Series | None, NDArray[Any]]]] = {
        ".npy": lambda: (None, _numpy(path)),
        ".npz": lambda: _named_arrays(path, _zipped(path)),
        ".safetensors": lambda: _named_arrays(path, _tensors(path)),
        ".parquet": lambda: _parquet(path, id_column),
        ".csv": lambda: _csv(path, id_column),
    }
    if path.suffix not in readers:
        known = f"Known: {', '.join(sorted(readers))}."
        raise _fault(path, f"files of vectors do not end in '{path.suffix}'.", known)
    _require(path)
    found, vectors = readers[path.suffix]()
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not vectors.shape[1]:
        shape = " x ".join(str(size) for size in vectors.shape)
        raise _fault(path, f"holds {vectors.dtype} {shape}, not a table of numbers with a row per id.")
    if ids is not None:
        found = _id_file(ids)
    if found is None:
        raise _fault(path, "does not say whose vectors these are.", _ID_FILE)
    return _checked(ids or path, found, vectors)


def _checked(path: Path, ids: pl.Series, vectors: NDArray[Any]) -> VectorFile:
    ids = _as_text(ids)
    if len(ids) != len(vectors):
        raise _fault(path, f"names {len(ids):,} ids for {len(vectors):,} vectors.", "One id per vector, in order.")
    if ids.null_count():
        raise _fault(path, f"{ids.null_count():,} vectors have no id.", "Leave them out, or name them.")
    twice = ids.filter(ids.is_duplicated()).unique(maintain_order=True)
    if len(twice):
        shown = ", ".join(f"'{name}'" for name in twice.head(3))
        raise _fault(path, f"{len(twice):,} ids stand there more than once ({shown}).", "Keep one vector of each.")
    return VectorFile(ids, vectors)


def _as_text(ids: pl.Series) -> pl.Series:
    """Ids as tables have them: 7.0 is 7 where all are whole, no space around, null where there is none."""
    if ids.dtype.is_float() and (ids.drop_nulls().floor() == ids.drop_nulls()).all():
        ids = ids.cast(pl.Int64)
    ids = ids.cast(pl.String).str.strip_chars().replace("", None).alias("id")
    are_whole = ids.drop_nulls().str.contains(r"^[+-]?\d+(\.0+)?$").all()
    return ids.str.replace(r"\.0+$", "") if are_whole else ids


def _numpy(path: Path) -> NDArray[Any]:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError, OSError) as error:
        raise _broken(path, error) from None


def _zipped(path: Path) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(path):
        raise _fault(path, "cannot be read: it is no .npz file, or was cut.", "Write it again.")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise _broken(path, error) from None


def _tensors(path: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise _broken(path, error) from None


def _named_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> tuple[pl.Series | None, NDArray[Any]]:
    tables = [name for name, array in arrays.items() if array.ndim == 2]
    name = VECTORS if VECTORS in arrays else tables[0] if len(tables) == 1 else None
    if name is None:
        raise _fault(path, f"has no array '{VECTORS}'.", near(VECTORS, list(arrays)))
    return (pl.Series(arrays[IDS]) if IDS in arrays else None), arrays[name]


def _parquet(path: Path, id_column: str | None) -> tuple[pl.Series, NDArray[Any]]:
    try:
        table = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _broken(path, error) from None
    return _with_vectors(path, *_ids_apart(path, table, id_column))


def _csv(path: Path, id_column: str | None) -> tuple[pl.Series, NDArray[Any]]:
    """Read as text, so that ids stay what they are and the first rows do not decide what a column holds."""
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _broken(path, error) from None
    ids, texts = _ids_apart(path, table, id_column)
    return _with_vectors(path, ids, texts.select(_numbers(path, column) for column in texts.get_columns()))


def _numbers(path: Path, texts: pl.Series) -> pl.Series:
    """The numbers that a column spells, nan and inf among them; null where it is empty."""
    texts = texts.str.strip_chars().replace("", None)
    numbers = texts.cast(pl.Float32, strict=False)
    wrong = (numbers.is_null() & texts.is_not_null()).arg_true()
    if len(wrong):
        where = f"{path}, column '{texts.name}', row {wrong[0] + 1}"
        more = f", as {len(wrong):,} values of the column" if len(wrong) > 1 else ""
        what = f"'{texts[wrong[0]]}' is not a number{more}."
        raise DataError(Fault(where, what, "Leave the field empty where there is no vector."))
    return numbers


def _ids_apart(path: Path, table: pl.DataFrame, id_column: str | None) -> tuple[pl.Series, pl.DataFrame]:
    name = id_column or table.columns[0]
    if name not in table.columns:
        raise _fault(path, f"has no column '{name}'.", near(name, table.columns))
    return table[name], table.drop(name)


def _with_vectors(path: Path, ids: pl.Series, table: pl.DataFrame) -> tuple[pl.Series, NDArray[Any]]:
    """Ids and vectors of the rows that have one."""
    vectors, present = matrix_of(table, str(path))
    return ids.filter(pl.Series(present)), vectors[present]


def _id_file(path: Path) -> pl.Series:
    _require(path)
    if path.suffix == ".npy":
        array = _numpy(path)
        if array.ndim != 1:
            raise _fault(path, f"holds {array.ndim} dimensions, not a list of ids.")
        return pl.Series(np.asarray(array))
    try:
        return pl.Series("id", path.read_text(encoding="utf-8").splitlines(), dtype=pl.String)
    except UnicodeDecodeError as error:
        raise _broken(path, error) from None


def _require(path: Path) -> None:
    if not path.is_file():
        what = "is a folder." if path.is_dir() else f"there is no such file; relative paths count from {Path.cwd()}."
        raise _fault(path, what, "Name the file of vectors.")


def _broken(path: Path, error: Exception) -> DataError:
    reason = str(error).partition("\n")[0] or type(error).__name__
    if "pickle" in reason or "Python objects" in reason:
        return _fault(path, "holds pickled objects, which are never read.", "Save plain numbers, and ids as text.")
    return _fault(path, f"cannot be read: {reason}.", "Write it again.")


def _fault(path: Path, what: str, mend: str = "") -> DataError:
    return DataError(Fault(str(path), what, mend))
