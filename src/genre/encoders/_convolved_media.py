"""What the trained encoders of pictures and of sounds share: arrays on disk, and a small convolutional network."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from genre.core.cache_dir import cache_dir
from genre.encoders._array_store import Stored
from genre.encoders._media_arrays import ArrayReader
from genre.encoders._media_encoder import MediaConfig, MediaEncoder
from genre.values import Embeddings

if TYPE_CHECKING:
    from torch import nn


class ConvolvedMediaConfig(MediaConfig):
    """Size of the network."""

    channels: int = Field(16, ge=8, le=512, multiple_of=8, description="Channels of the first stage.")
    stages: int = Field(4, ge=1, le=6, description="Convolutions that halve the sides and double the channels.")
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of the last stage's means that training hides.")


class ConvolvedMediaEncoder(MediaEncoder):
    """Each file becomes one small array, kept on disk by its content; a network on arrays is trained with the tower."""

    config: ConvolvedMediaConfig
    dtype: ClassVar[type[np.generic]]
    """Of the arrays."""
    centre: ClassVar[float]
    scale: ClassVar[float]
    """Numbers in the arrays are, on the whole, within `centre` plus or minus `scale`."""

    @property
    @abstractmethod
    def _shape(self) -> tuple[int, int, int]:
        """Of one array: C, H, W."""

    @property
    @abstractmethod
    def _label(self) -> str:
        """What decides an array beside the file, fit for a file name."""

    @property
    def is_trained(self) -> bool:
        return True

    @property
    def width(self) -> int:
        return 0

    def encode(self, table: pl.DataFrame) -> Embeddings:
        self._require()
        files, _ = self._files(table)
        reader = ArrayReader(self._read, self._store_path, self._shape, self.dtype)
        inputs = reader.stored(files, len(table), f"Reading {self.medium}s")
        return Embeddings(np.zeros((len(table), 0), dtype=np.float32), inputs.places >= 0, inputs)

    def network(self, embeddings: Embeddings, width: int) -> nn.Module:
        from genre.nets.convolutions import Convolutions, StoredConvolutions

        assert isinstance(embeddings.inputs, Stored)
        config, inputs = self.config, embeddings.inputs
        body = Convolutions(self._shape[0], config.channels, config.stages, config.dropout)
        return StoredConvolutions(inputs.arrays, inputs.places, body, width, self.centre, self.scale)

    @property
    def _store_path(self) -> Path:
        return cache_dir() / f"{self.medium}s" / f"{self._label}.bin"
