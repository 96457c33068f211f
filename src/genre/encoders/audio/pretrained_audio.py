"""Sounds through a pretrained model of transformers, frozen or tuned: any hub name or local folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.encoders._pooled import Pooling
from genre.encoders._pretrained_media import PretrainedMediaConfig, PretrainedMediaEncoder
from genre.encoders.audio._sounds import (
    CHECK_RATE,
    MAX_BYTES,
    N_READ,
    examine_sound,
    read_sound,
    require_soundfile,
)

if TYPE_CHECKING:
    from genre.encoders.audio._sound_engine import SoundEngine

SHORTEST_S = 0.5
"""Shorter sounds are followed by silence: the convolutions of some models find nothing in less."""


class PretrainedAudioConfig(PretrainedMediaConfig):
    """Which model hears the sounds, and how much of them."""

    seconds: float = Field(10.0, ge=0.5, le=600, description="Length heard, from the middle of each sound.")
    pooling: Pooling = Field("mean", description="How states become one vector; auto: the model's pooler, if any.")


class PretrainedAudioEncoder(PretrainedMediaEncoder):
    """One vector per sound; equal sounds are heard once, and what was heard is kept on disk.

    Tuned models read samples, or bands over time (half precision, memory-mapped).

    Models that hear a window of fixed length (Whisper: 30 s) also average over the silence behind a shorter sound.
    """

    config: PretrainedAudioConfig
    medium = "sound"
    max_bytes, n_read = MAX_BYTES, N_READ
    EXAMPLES: ClassVar = (
        {"model": "facebook/wav2vec2-base", "seconds": 1.0, "batch_size": 3},
        {"model": "facebook/wav2vec2-base", "seconds": 0.5, "tune": "full", "learning_rate": 1e-3},
    )

    def _require(self) -> None:
        require_soundfile("pretrained_audio")

    def _examine(self, path: Path) -> None:
        examine_sound(path, self.config.seconds)

    def _read(self, path: Path) -> Any:
        heard = read_sound(path, self.config.seconds, self._engine.rate)
        shortest = int(SHORTEST_S * self._engine.rate)
        return np.pad(heard, (0, max(shortest - len(heard), 0)))

    def _try(self, path: Path) -> None:
        read_sound(path, self.config.seconds, CHECK_RATE)

    def _blank(self) -> Any:
        return np.zeros(int(self.config.seconds * self._engine.rate), dtype=np.float32)

    def _input_settings(self) -> dict[str, Any]:
        return {"seconds": self.config.seconds}

    def _settings(self) -> dict[str, Any]:
        return {**self._input_settings(), "pooling": self.config.pooling}

    def _prepared(self, content: Any) -> NDArray[Any]:
        array = super()._prepared(content)
        n_samples = int(self.config.seconds * self._engine.rate)
        if array.ndim > 1:
            return array
        return np.pad(array[:n_samples], (0, max(n_samples - len(array), 0)), constant_values=np.nan)

    @cached_property
    def _engine(self) -> SoundEngine:
        from genre.encoders.audio._sound_engine import SoundEngine

        return SoundEngine(self._checkpoint, self.config.pooling)
