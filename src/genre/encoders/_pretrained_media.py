"""What the frozen encoders of pictures and of sounds share: a model by name, and vectors kept on disk."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from genre.core.artifacts import State
from genre.core.cache_dir import cache_dir
from genre.core.errors import BundleError, Fault
from genre.core.secret import Secret
from genre.encoders._media_encoder import MediaConfig, MediaEncoder
from genre.encoders._media_vectors import MediaReader
from genre.encoders._vector_cache import open_cache
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._finding import find_checkpoint, obstacles
from genre.values import Embeddings

FORMAT = 1
"""Raised when the same settings begin to give other vectors."""


class MediaEngine(Protocol):
    """A loaded model."""

    def encode(self, contents: list[Any]) -> NDArray[np.float32]:
        """float32 B x D of B pictures or sounds."""


class PretrainedMediaConfig(MediaConfig):
    """Which model."""

    revision: str | None = Field(None, description="Branch, tag or commit on the hub; None: the newest.")
    token: Secret | None = Field(None, description="Environment variable with the hub's token, for private models.")
    batch_size: int = Field(8, ge=1, le=4096, description="Files encoded together.")


class PretrainedMediaEncoder(MediaEncoder):
    """A frozen model reads each file once; vectors are kept on disk by model, settings and content of the file."""

    config: PretrainedMediaConfig
    _expected: dict[str, Any] | None = None

    @property
    @abstractmethod
    def _model_name(self) -> str:
        """As in the recipe."""

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """What decides a vector beside the model and the file."""

    @abstractmethod
    def _blank(self) -> Any:
        """Some content, to see how wide vectors are."""

    @cached_property
    @abstractmethod
    def _engine(self) -> MediaEngine:
        """The model, loaded when the first unknown file comes."""

    def encode(self, table: pl.DataFrame) -> Embeddings:
        self._require()
        files, _ = self._files(table)
        reader = MediaReader(self._read, self._encode, self._cache_path, self.width, self.config.batch_size)
        vectors = reader.vectors(files, len(table), f"Looking at {self.medium}s with {self._model_name}")
        present: NDArray[np.bool_] = np.asarray(np.isfinite(vectors).all(axis=1))
        vectors[~present] = 0.0
        return Embeddings(vectors, present)

    def obstacles(self, table: pl.DataFrame) -> tuple[Fault, ...]:
        return (*super().obstacles(table), *self._model_obstacles())

    @cached_property
    def width(self) -> int:  # type: ignore[override]
        with open_cache(self._cache_path) as cache:
            known = cache.width()
        return known or self._encode([self._blank()]).shape[1]

    def state(self) -> State:
        return State({"digest": self._digest, "revision": self._revision})

    def restore(self, state: State) -> None:
        """Take back which files the vectors came from; they are looked for and checked when a file is encoded."""
        self._expected = state.meta

    def _encode(self, contents: list[Any]) -> NDArray[np.float32]:
        return self._engine.encode(contents)

    def _model_obstacles(self) -> tuple[Fault, ...]:
        return obstacles(self._model_name, self.config.revision, self.config.token)

    @property
    def _digest(self) -> str:
        return self._checkpoint.digest

    @property
    def _revision(self) -> str | None:
        return self._checkpoint.revision

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        expected = self._expected or {}
        name, config = self._model_name, self.config
        found = find_checkpoint(name, expected.get("revision") or config.revision, config.token)
        if expected and found.digest != expected["digest"]:
            what = f"the files in {found.folder} are not those that made the bundle's vectors."
            raise BundleError(Fault(f"model {name}", what, "Bring those files back, or fit the recipe again."))
        return found

    @cached_property
    def _cache_path(self) -> Path:
        settings = {"format": FORMAT, "model": self._digest, **self._settings()}
        name = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:24]
        return cache_dir() / f"{self.medium}s" / f"{Path(self._model_name).name[-60:]}-{name}.sqlite"
