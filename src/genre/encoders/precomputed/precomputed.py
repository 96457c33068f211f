"""Vectors that were made elsewhere, from a file or from a column of lists."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.errors import BundleError, DataError, Fault, NotFittedError
from genre.encoders.base import Encoder, EncoderConfig
from genre.encoders.precomputed._matrix import matrix_of
from genre.encoders.precomputed._vector_file import VectorFile, read_vectors
from genre.values import Embeddings, Remark, Vocabulary

N_EXAMPLES = 5
N_REMEMBERED = 16
"""Vectors that a bundle keeps, to know the file again."""


class PrecomputedConfig(EncoderConfig):
    """Where the vectors are."""

    path: Path | None = Field(
        None,
        description="File of vectors: .npy, .npz, .safetensors, .parquet or .csv; a relative path counts from where "
        "the command runs. None: the feature's columns hold them, as a list of numbers or a number each.",
    )
    ids: Path | None = Field(
        None, description="File of ids in the order of the vectors (.npy, or text, one a line), for files without ids."
    )
    id_column: str | None = Field(None, description="Column of ids of a parquet or csv file; None: the first one.")
    normalize: bool = Field(False, description="Scale vectors to length 1.")


class PrecomputedEncoder(Encoder):
    """A row's vector, by its id or from its columns; rows without one, or with one that is not finite, have no content.

    The order of a file means nothing. A loaded bundle reads vectors of new items from the file as it is by then, which
    must still hold those that were learned from.
    """

    config: PrecomputedConfig
    EXAMPLES = ({}, {"normalize": True})

    _width: int | None = None
    _remembered: tuple[list[str], NDArray[np.float32]] | None = None

    @property
    def needs_columns(self) -> bool:
        return self.config.path is None

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return self._faults(table, "rows")

    def lacks(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return self._faults(table, "training rows")

    def remarks(self, table: pl.DataFrame) -> tuple[Remark, ...]:
        vectors, present = self._found(table)
        remarks = []
        infinite = pl.Series(present & ~np.isfinite(vectors).all(axis=1))
        if infinite.any():
            what = f"vectors that are not finite: {int(infinite.sum()):,} count as missing"
            remarks.append(_remark(what, table.filter(infinite), "Look at what made them."))
        remarks += self._dull(table, vectors, present & np.isfinite(vectors).all(axis=1))
        if self.config.path is not None:
            absent = table.filter(~pl.Series(present))
            if len(absent):
                what = f"rows without a vector: {len(absent):,} of {len(table):,} are not in {self.config.path}"
                remarks.append(_remark(what, absent, "Other features speak for them."))
            strange = self._file.ids.filter(~self._file.ids.is_in(_ids(table).implode()))
            if len(strange):
                what = f"vectors without a row: {len(strange):,} of {self.config.path} are of other ids"
                remarks.append(_remark(what, strange.to_frame(), "Harmless if these come later."))
        return tuple(remarks)

    def fit(self, table: pl.DataFrame) -> None:
        faults = self.lacks(table)
        if faults:
            raise DataError(faults)
        vectors, present = self._found(table)
        self._width = vectors.shape[1]
        if self.config.path is not None:
            some = np.flatnonzero(present)[:N_REMEMBERED]
            self._remembered = _ids(table).gather(some).to_list(), vectors[some]

    def encode(self, table: pl.DataFrame) -> Embeddings:
        if self._width is None:
            raise NotFittedError("precomputed encodes only after fit")
        vectors, present = self._found(table)
        if not present.any():
            return Embeddings(np.zeros((len(table), self._width), dtype=np.float32), present)
        if vectors.shape[1] != self._width:
            what = f"vectors have {vectors.shape[1]} numbers, those learned from had {self._width}."
            raise DataError(Fault(self._where(table), what, "Make them with the same model."))
        present &= np.isfinite(vectors).all(axis=1)
        vectors = np.where(present[:, None], vectors, np.float32(0.0))
        if self.config.normalize:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return Embeddings(vectors, present)

    @property
    def width(self) -> int:
        if self._width is None:
            raise NotFittedError("precomputed knows its width only after fit")
        return self._width

    def state(self) -> State:
        if self._width is None:
            raise NotFittedError("precomputed has a state only after fit")
        if self._remembered is None:
            return State({"width": self._width})
        ids, vectors = self._remembered
        return State({"width": self._width, "ids": ids}, {"vectors": vectors}, vectors=("vectors",))

    def restore(self, state: State) -> None:
        """Take back the width; the file is looked for, and compared with what is remembered, when a row is encoded."""
        self._width = int(state.meta["width"])
        if "ids" in state.meta:
            self._remembered = list(state.meta["ids"]), state.arrays["vectors"]

    @cached_property
    def _file(self) -> VectorFile:
        config = self.config
        assert config.path is not None
        file = read_vectors(config.path, config.ids, config.id_column)
        if self._remembered is not None:
            ids, expected = self._remembered
            found, present = _looked_up(file, pl.Series("id", ids, dtype=pl.String))
            same = found.shape == expected.shape and present.all() and np.array_equal(found, expected, equal_nan=True)
            if not same:
                what = "does not hold the vectors that the bundle learned from."
                raise BundleError(Fault(str(config.path), what, "Bring that file back, or fit the recipe again."))
        return file

    def _found(self, table: pl.DataFrame) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors as they stand, float32 [N, D], and which rows have one, bool [N]."""
        return matrix_of(table) if self.config.path is None else _looked_up(self._file, _ids(table))

    def _dull(self, table: pl.DataFrame, vectors: NDArray[np.float32], usable: NDArray[np.bool_]) -> Iterator[Remark]:
        """Vectors that hold zeros only, or all the same numbers."""
        zeros = usable & ~vectors.any(axis=1)
        if zeros.any():
            what = f"vectors that hold zeros only: {int(zeros.sum()):,} count as content"
            yield _remark(what, table.filter(pl.Series(zeros)), "Leave them out where zeros stand for nothing.")
        known = vectors[usable]
        if len(known) > 1 and (known == known[0]).all():
            what = f"vectors that are all the same: {len(known):,}, which tell no row from another"
            yield _remark(what, table.filter(pl.Series(usable)), "Look at what made them.")

    def _faults(self, table: pl.DataFrame, word: str) -> tuple[Fault, ...]:
        try:
            vectors, present = self._found(table)
        except DataError as error:
            return error.faults
        usable = present & np.isfinite(vectors).all(axis=1)
        return () if usable.any() else (self._nothing(table, present, word),)

    def _nothing(self, table: pl.DataFrame, present: NDArray[np.bool_], word: str) -> Fault:
        if present.any():
            what = f"none of the {int(present.sum()):,} vectors of {word} is finite."
            return Fault(self._where(table), what, "Look at what made them.")
        if self.config.path is None:
            return Fault(self._where(table), f"none of {len(table):,} {word} has a vector.", "Name another column.")
        ours, theirs = (", ".join(f"'{name}'" for name in ids.head(2)) for ids in (_ids(table), self._file.ids))
        what = f"none of {len(table):,} {word} has a vector there (rows are {ours}, vectors {theirs})."
        return Fault(self._where(table), what, "Compare the ids of both.")

    def _where(self, table: pl.DataFrame) -> str:
        return f"column {', '.join(table.columns)}" if self.config.path is None else str(self.config.path)


def _ids(table: pl.DataFrame) -> pl.Series:
    return table.to_series().cast(pl.String).alias("id")


def _looked_up(file: VectorFile, ids: pl.Series) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Vectors of ids, float32 [n, D], zero where the file has none, and where it has one, bool [n]."""
    places = Vocabulary(file.ids).rows(ids)
    present = places >= 0
    vectors = np.zeros((len(ids), file.vectors.shape[1]), dtype=np.float32)
    with np.errstate(over="ignore"):
        vectors[present] = np.asarray(file.vectors[places[present]], dtype=np.float32)
    return vectors, present


def _remark(what: str, rows: pl.DataFrame, mend: str) -> Remark:
    return Remark("vectors", what, len(rows), rows.head(N_EXAMPLES), mend)
