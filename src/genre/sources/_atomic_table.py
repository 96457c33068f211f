"""Reads RecBole's atomic files: tab-separated text whose header carries types (`user_id:token`).

Reference: https://recbole.io/docs/user_guide/data/atomic_files.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from genre.core.errors import DataError, Fault, near
from genre.sources._csv_layout import Dialect
from genre.sources._csv_table import CsvTable
from genre.sources._raw import Batch, RawTable

TOKEN, FLOAT, TOKEN_SEQ, FLOAT_SEQ = "token", "float", "token_seq", "float_seq"
TYPES = (TOKEN, FLOAT, TOKEN_SEQ, FLOAT_SEQ)


class AtomicTable(RawTable):
    """One atomic file; its columns go by their names without types. Sequences are texts until lists are split."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._text = CsvTable(path, Dialect(separator="\t", quote=""))

    @property
    def columns(self) -> list[str]:
        return list(self.types)

    @cached_property
    def types(self) -> dict[str, str]:
        """Column -> token, float, token_seq or float_seq.

        Raises:
            DataError: a header entry has no known type.
        """
        types, faults = {}, []
        for entry in self._text.columns:
            name, _, kind = entry.rpartition(":")
            types[name or entry] = kind
            if not name or kind not in TYPES:
                faults.append(
                    Fault(
                        f"{self.path}, row 1, column '{entry}'",
                        "has no type that atomic files know.",
                        f"Write it as {name or entry}:token. {near(kind, TYPES)}",
                    )
                )
        if faults:
            raise DataError(faults)
        return types

    def is_untyped(self, name: str) -> bool:
        return self.types[name] == FLOAT

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Batch]:
        wanted = self.columns if names is None else names
        typed = {f"{name}:{self.types[name]}": name for name in wanted}
        for batch in self._text.batches(list(typed)):
            yield replace(batch, frame=batch.frame.rename(typed))
