"""A checkpoint as a model that reads texts, by torch or by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from genre.core.errors import GenreError
from genre.encoders._vector_cache import cache_path
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._onnx_packages import missing_packages
from genre.encoders.text._reader import Engine
from genre.encoders.text._tokens import TokenTable

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


@dataclass(frozen=True, eq=False)
class PretrainedText:
    """One checkpoint read in one way."""

    checkpoint: Checkpoint
    reading: Reading

    @property
    def name(self) -> str:
        return self.checkpoint.name

    @property
    def width(self) -> int:
        return self.checkpoint.width() or int(self._config.hidden_size)

    @cached_property
    def kept_vectors(self) -> Path:
        settings = {"format": _FORMAT, "model": self.checkpoint.digest, **asdict(self.reading)}
        return cache_path("texts", f"{self.checkpoint.label}-{self.reading.precision}", settings)

    @cached_property
    def engine(self) -> Engine:
        checkpoint, reading = self.checkpoint, self.reading
        if reading.backend == "torch":
            from genre.encoders.text._torch_engine import TorchEngine

            return TorchEngine(checkpoint, reading.pooling, reading.precision)
        faults = missing_packages()
        if faults:
            raise GenreError(faults)
        from genre.encoders.text._onnx_engine import OnnxEngine
        from genre.encoders.text._onnx_export import onnx_file

        return OnnxEngine(onnx_file(checkpoint, reading.pooling, reading.precision))

    def tokens(self, texts: Sequence[str]) -> TokenTable:
        return TokenTable.of(texts, self.tokenizer, self.max_length)

    @cached_property
    def tokenizer(self) -> Any:
        """Of transformers."""
        from genre.encoders.text._loading import load_tokenizer

        return load_tokenizer(self.checkpoint)

    @cached_property
    def max_length(self) -> int:
        """Tokens read per text."""
        return self.checkpoint.max_length(self.tokenizer, self._config, self.reading.max_length)

    @cached_property
    def _config(self) -> Any:
        """What transformers knows about the model."""
        from genre.encoders.text._loading import load_config

        return load_config(self.checkpoint)
