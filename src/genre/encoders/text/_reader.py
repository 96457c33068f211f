"""Texts to vectors: from the cache where they are known, through the model where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genre.core.progress import step
from genre.encoders._vector_cache import cache_path, open_cache
from genre.encoders.text._checkpoint import Checkpoint

if TYPE_CHECKING:
    from genre.encoders.text._tokens import TokenBatch

_CHUNK = 8192
"""Texts that are tokenised at a time."""
_FORMAT = 1
"""Raised when the same settings begin to give other vectors."""


@dataclass(frozen=True)
class Reading:
    """Everything beside the model that decides a vector.

    Attributes:
        backend: torch, onnx or int8.
        precision: float32, bfloat16 or int8.
        pooling: mean, cls, last or attention.
        max_length: tokens per text, None for what the model says.
    """

    backend: str
    precision: str
    pooling: str
    max_length: int | None


class Engine(Protocol):
    """A loaded model.

    Attributes:
        width: D.
        config: what transformers knows about the model.
        batch_tokens: tokens per batch, padding included, that suit the hardware.
        batches_at_once: calls of `encode` that may run side by side and use the cores best so.
    """

    width: int
    config: Any
    batch_tokens: int
    batches_at_once: int

    def encode(self, batch: TokenBatch) -> NDArray[np.float32]:
        """float32 B x D, not normalised."""


class Reader:
    """One model read in one way; loaded when the first unknown text comes.

    Args:
        batch_tokens: tokens per batch, None for what suits the engine.
    """

    def __init__(self, checkpoint: Checkpoint, reading: Reading, batch_tokens: int | None) -> None:
        self._checkpoint, self._reading, self._batch_tokens = checkpoint, reading, batch_tokens

    @cached_property
    def width(self) -> int:
        """D."""
        return self._checkpoint.width() or self._engine.width

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 n x D for n different texts."""
        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        with open_cache(self._cache_path) as cache:
            missing = np.flatnonzero(~cache.get(texts, vectors))
            with step(f"Reading texts with {self._checkpoint.name}", len(missing)) as bar:
                for start in range(0, len(missing), _CHUNK):
                    for places, fresh in self._read(texts, missing[start : start + _CHUNK]):
                        vectors[places] = fresh
                        cache.put([texts[place] for place in places], fresh)
                        bar.advance(len(places))
        return vectors

    def _read(self, texts: Sequence[str], rows: NDArray[np.int64]) -> Any:
        """Yields (places [B] among `texts`, float32 B x D)."""
        from genre.encoders.text._tokens import TokenTable

        engine = self._engine
        length = self._checkpoint.max_length(self._tokenizer, engine.config, self._reading.max_length)
        budget = self._batch_tokens or engine.batch_tokens
        batches = list(TokenTable.of([texts[row] for row in rows], self._tokenizer, length).batches(budget))
        for batch, fresh in zip(batches, _encoded(engine, batches), strict=True):
            yield rows[batch.places], fresh

    @cached_property
    def _cache_path(self) -> Path:
        settings = {"format": _FORMAT, "model": self._checkpoint.digest, **asdict(self._reading)}
        return cache_path("texts", f"{self._checkpoint.label}-{self._reading.precision}", settings)

    @cached_property
    def _engine(self) -> Engine:
        checkpoint, reading = self._checkpoint, self._reading
        if reading.backend == "torch":
            from genre.encoders.text._torch_engine import TorchEngine

            return TorchEngine(checkpoint, reading.pooling, reading.precision)
        from genre.encoders.text._onnx_engine import OnnxEngine

        return OnnxEngine(checkpoint, reading.pooling, reading.precision)

    @cached_property
    def _tokenizer(self) -> Any:
        from genre.encoders.text._loading import load_tokenizer

        return load_tokenizer(self._checkpoint)


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
