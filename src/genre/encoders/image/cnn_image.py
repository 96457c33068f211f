"""Pictures through a small convolutional network that is trained from scratch with the tower."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genre.encoders._convolved_media import ConvolvedMediaConfig, ConvolvedMediaEncoder
from genre.encoders.image._pictures import MAX_BYTES, N_READ, examine_picture, read_picture, require_pillow
from genre.encoders.image._shapes import Fit, square

FORMAT = 1
"""Raised when the same settings begin to give other thumbnails."""


class CnnImageConfig(ConvolvedMediaConfig):
    """What the network sees of a picture, and its size."""

    size: int = Field(64, ge=8, le=512, description="Pixels of a side.")
    fit: Fit = Field("whole", description="whole: squeezed into a square; crop: the middle.")


class CnnImageEncoder(ConvolvedMediaEncoder):
    """Thumbnails (8-bit RGB, memory-mapped) -> strided 3x3 convolutions with group normalisation -> mean -> linear.

    Needs many items per taste to learn from; a pretrained model usually does better on few thousand pictures.
    Reference: DeepStyle-like visual towers, arXiv 1510.01784 (VBPR), here trained end to end as in arXiv 1711.02231.
    """

    config: CnnImageConfig
    medium = "picture"
    max_bytes, n_read = MAX_BYTES, N_READ
    dtype = np.uint8
    centre, scale = 127.5, 127.5
    EXAMPLES: ClassVar = ({"size": 16, "channels": 8, "stages": 2}, {"size": 8, "channels": 8, "fit": "crop"})

    def _require(self) -> None:
        require_pillow("cnn_image")

    def _examine(self, path: Path) -> None:
        examine_picture(path)

    def _read(self, path: Path) -> NDArray[np.uint8]:
        return square(read_picture(path, 2 * self.config.size), self.config.size, self.config.fit)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return 3, self.config.size, self.config.size

    @property
    def _label(self) -> str:
        return f"thumbnails-{self.config.size}-{self.config.fit}-{FORMAT}"
