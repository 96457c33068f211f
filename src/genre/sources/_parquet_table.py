"""Reads parquet files batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from genre.core.errors import DataError, Fault
from genre.sources._blocks import require_file
from genre.sources._raw import Batch, RawTable

BATCH_ROWS = 1 << 20
BROKEN = (OSError, ValueError, NotImplementedError)
"""What pyarrow raises on damaged files: its own errors derive from these."""


class ParquetTable(RawTable):
    """A parquet file; the first row has number 1."""

    @property
    def columns(self) -> list[str]:
        return list(self._file.schema_arrow.names)

    def batches(self, names: Sequence[str] | None = None) -> Iterator[Batch]:
        start = 1
        iterator = self._file.iter_batches(BATCH_ROWS, columns=None if names is None else list(names))
        while True:
            try:
                batch = next(iterator, None)
            except BROKEN as error:
                raise self._broken(error) from None
            if batch is None:
                return
            frame = pl.DataFrame(pl.from_arrow(batch))
            yield Batch(frame, np.arange(start, start + len(frame)))
            start += len(frame)

    @cached_property
    def _file(self) -> Any:
        import pyarrow.parquet as pq

        require_file(self.path)
        try:
            return pq.ParquetFile(self.path, memory_map=False)
        except BROKEN as error:
            raise self._broken(error) from None

    def _broken(self, error: Exception) -> DataError:
        what = str(error).partition("\n")[0].rstrip(".")
        return DataError(
            Fault(
                str(self.path),
                f"is not a whole parquet file: {what}.",
                "Write it again, or use the source csv or jsonl.",
            )
        )
