"""Pictures as squares of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Fit = Literal["crop", "whole"]


def square(picture: Image, size: int, fit: Fit, share: float = 1.0) -> NDArray[np.uint8]:
    """3 x size x size.

    Args:
        fit: crop takes the square in the middle; whole squeezes the picture into a square.
        share: of the shorter side, that the square in the middle has.
    """
    from PIL import Image

    width, height = picture.size
    box = (0.0, 0.0, float(width), float(height))
    if fit == "crop":
        side = min(width, height) * share
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    resized = picture.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return np.ascontiguousarray(np.asarray(resized).transpose(2, 0, 1))
