"""Texts to vectors: from the cache where they are known, through the model where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genre.core.progress import step
from genre.encoders._vector_cache import open_cache
from genre.encoders.text._tokens import TokenBatch, TokenTable

_CHUNK = 8192
"""Texts that are tokenised at a time."""


class Engine(Protocol):
    """A loaded model.

    Attributes:
        batch_tokens: tokens per batch, padding included, that suit the hardware.
        batches_at_once: calls of `encode` that may run side by side and use the cores best so.
    """

    batch_tokens: int
    batches_at_once: int

    def encode(self, batch: TokenBatch) -> NDArray[np.float32]:
        """float32 B x D, not normalised."""


class TextModel(Protocol):
    """A model and one way to read with it; whatever is heavy is loaded when it is first asked for."""

    @property
    def name(self) -> str:
        """As in the recipe."""

    @property
    def width(self) -> int:
        """D."""

    @property
    def kept_vectors(self) -> Path:
        """The file that keeps its vectors."""

    @property
    def engine(self) -> Engine:
        """What computes."""

    def tokens(self, texts: Sequence[str]) -> TokenTable:
        """Of different texts."""


class Reader:
    """One model read in one way.

    Args:
        batch_tokens: tokens per batch, None for what suits the engine.
    """

    def __init__(self, model: TextModel, batch_tokens: int | None = None) -> None:
        self._model, self._batch_tokens = model, batch_tokens

    @property
    def width(self) -> int:
        """D."""
        return self._model.width

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 n x D for n different texts."""
        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        with open_cache(self._model.kept_vectors) as cache:
            missing = np.flatnonzero(~cache.get(texts, vectors))
            with step(f"Reading texts with {self._model.name}", len(missing)) as bar:
                for places, fresh in self._read(texts, missing):
                    vectors[places] = fresh
                    cache.put([texts[place] for place in places], fresh)
                    bar.advance(len(places))
        return vectors

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `vectors`, all of them anew: nothing is looked up and nothing kept."""
        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        for places, fresh in self._read(texts, np.arange(len(texts))):
            vectors[places] = fresh
        return vectors

    def _read(
        self, texts: Sequence[str], rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yields (places [B] among `texts`, float32 B x D)."""
        for start in range(0, len(rows), _CHUNK):
            chunk, engine = rows[start : start + _CHUNK], self._model.engine
            tokens = self._model.tokens([texts[row] for row in chunk])
            batches = list(tokens.batches(self._batch_tokens or engine.batch_tokens))
            for batch, fresh in zip(batches, _encoded(engine, batches), strict=True):
                yield chunk[batch.places], fresh


def _encoded(engine: Engine, batches: list[TokenBatch]) -> Iterator[NDArray[np.float32]]:
    """The vectors of each batch, in order; what is not yet begun is dropped when the caller stops."""
    if engine.batches_at_once == 1:
        yield from map(engine.encode, batches)
        return
    pool = ThreadPoolExecutor(engine.batches_at_once)
    try:
        yield from pool.map(engine.encode, batches)
    finally:
        pool.shutdown(cancel_futures=True)
