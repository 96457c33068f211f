"""Sounds as log-mel spectrograms through a small convolutional network that is trained with the tower."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.encoders._convolved_media import ConvolvedMediaConfig, ConvolvedMediaEncoder
from genre.encoders.audio._mel import FLOOR, log_mel, mel_filters
from genre.encoders.audio._sounds import MAX_BYTES, N_READ, examine_sound, read_sound, require_soundfile

FORMAT = 1
"""Raised when the same settings begin to give other spectrograms."""
N_FFT, HOP = 1024, 512


class MelCnnConfig(ConvolvedMediaConfig):
    """What the network hears of a sound, and its size."""

    seconds: float = Field(
        10.0, ge=0.5, le=120, description="Length heard, from the middle; shorter sounds are padded."
    )
    sample_rate: int = Field(16_000, ge=4000, le=96_000, description="Samples per second after conversion.")
    bands: int = Field(64, ge=8, le=256, description="Mel bands.")


class MelCnnEncoder(ConvolvedMediaEncoder):
    """Log-mel spectrograms (half precision, memory-mapped) -> strided convolutions with group norm -> mean -> linear.

    Reference: Choi et al., Automatic tagging using deep convolutional neural networks, arXiv 1606.00298.
    """

    config: MelCnnConfig
    medium = "sound"
    max_bytes, n_read = MAX_BYTES, N_READ
    dtype = np.float16
    centre, scale = -30.0, 40.0
    EXAMPLES: ClassVar = (
        {"seconds": 0.5, "bands": 8, "channels": 8, "stages": 2, "sample_rate": 8000},
        {"seconds": 1.0, "bands": 16, "channels": 8, "stages": 1, "dropout": 0.1},
    )

    def _require(self) -> None:
        require_soundfile("mel_cnn")

    def _examine(self, path: Path) -> None:
        examine_sound(path, self.config.seconds)

    def _read(self, path: Path) -> NDArray[np.float16]:
        heard = read_sound(path, self.config.seconds, self.config.sample_rate)
        bands = log_mel(heard, self._filters, HOP)[:, : self._shape[2]]
        array = np.full(self._shape, 10 * np.log10(FLOOR), dtype=self.dtype)
        array[0, :, : bands.shape[1]] = bands
        return array

    @cached_property
    def _filters(self) -> NDArray[np.float64]:
        return mel_filters(self.config.bands, N_FFT, self.config.sample_rate)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return 1, self.config.bands, 1 + int(self.config.seconds * self.config.sample_rate) // HOP

    @property
    def _label(self) -> str:
        config = self.config
        return f"mel-{config.bands}-{config.sample_rate}-{config.seconds:g}-{FORMAT}"
