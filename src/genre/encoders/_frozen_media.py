"""Vectors of pictures and of sounds by a pretrained model as it is: found by name, asked once, kept on disk."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.errors import Fault
from genre.core.secret import Secret
from genre.encoders._media_encoder import MediaConfig, MediaEncoder
from genre.encoders._media_engine import MediaEngine
from genre.encoders._media_vectors import MediaReader
from genre.encoders._vector_cache import cache_path, open_cache
from genre.encoders.text._checkpoint import Checkpoint, label
from genre.encoders.text._finding import find_checkpoint, obstacles
from genre.values import Embeddings

FORMAT = 1
"""Raised when the same settings begin to give other vectors or arrays."""


class FrozenMediaConfig(MediaConfig):
    """Which model."""

    model: str = Field(min_length=1, description="Hub name or local folder, safetensors only.")
    revision: str | None = Field(None, description="Branch, tag or commit on the hub; None: the newest.")
    token: Secret | None = Field(None, description="Environment variable with the hub's token, for private models.")
    batch_size: int = Field(8, ge=1, le=4096, description="Files encoded together.")


class FrozenMediaEncoder(MediaEncoder):
    """A model reads each file once; vectors are kept on disk by model, settings and content of the file."""

    config: FrozenMediaConfig
    _bundled: dict[str, Any] | None = None
    """Which files a bundle's vectors came from."""

    @abstractmethod
    def _input_settings(self) -> dict[str, Any]:
        """What decides what the model reads of a file."""

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """What decides a vector beside the model and the file."""

    @abstractmethod
    def _blank(self) -> Any:
        """Some content, to see how wide vectors are and what the model reads."""

    @cached_property
    @abstractmethod
    def _engine(self) -> MediaEngine:
        """The model, loaded when the first unknown file comes."""

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return (*super().obstacles(table), *self._model_obstacles())

    @cached_property
    def width(self) -> int:  # type: ignore[override]
        with open_cache(self._cache_path) as cache:
            known = cache.width()
        return known or self._encode([self._blank()]).shape[1]

    def _frozen(self, table: pl.DataFrame) -> Embeddings:
        """One vector per row, N x D."""
        self._require()
        files, _ = self._files(table)
        reader = MediaReader(self._read, self._encode, self._cache_path, self.width, self.config.batch_size)
        vectors = reader.vectors(files, len(table), f"Looking at {self.medium}s with {self.config.model}")
        present: NDArray[np.bool_] = np.asarray(np.isfinite(vectors).all(axis=1))
        vectors[~present] = 0.0
        return Embeddings(vectors, present)

    def _encode(self, contents: list[Any]) -> NDArray[np.float32]:
        return self._engine.encode(contents)

    def _model_obstacles(self) -> tuple[Fault, ...]:
        return obstacles(self.config.model, self.config.revision, self.config.token)

    @property
    def _origin(self) -> dict[str, str | None]:
        """Which files the vectors come from."""
        return self._checkpoint.origin

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        return find_checkpoint(self.config.model, self.config.revision, self.config.token, self._bundled)

    @cached_property
    def _cache_path(self) -> Path:
        return self._path(self._settings())

    def _path(self, settings: dict[str, Any]) -> Path:
        """The file for what these settings and the model decide."""
        about = {"format": FORMAT, "model": self._origin["digest"], **settings}
        return cache_path(f"{self.medium}s", label(self.config.model), about)
