"""A vision model of transformers as something that makes vectors of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.core.errors import DataError, Fault
from genre.encoders._pooled import Pooling, has_trained_pooler, pooled
from genre.encoders.image._pixel_learner import PixelLearner
from genre.encoders.image._shapes import Fit
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model, load_processor

if TYPE_CHECKING:
    from PIL.Image import Image

_TOLERANCE = 1e-4
"""How far scaled pixels may be from the processor's own, which differ by rounding."""


class VisionModel(nn.Module):
    """Scaled pixels -> B x D.

    Models that look at pictures and texts (CLIP, SigLIP) give the vector that they compare with texts.
    """

    def __init__(self, checkpoint: Checkpoint, pooling: Pooling) -> None:
        super().__init__()
        self.model, self._pooling = load_model(checkpoint), pooling
        self._has_pooler = has_trained_pooler(self.model, checkpoint)

    def forward(self, pixels: Tensor) -> Tensor:
        if hasattr(self.model, "get_image_features"):
            features: Any = self.model.get_image_features(pixel_values=pixels)
            return features if isinstance(features, Tensor) else features.pooler_output
        return pooled(self.model(pixel_values=pixels), self._pooling, self._has_pooler)


class VisionEngine:
    """On the GPU where there is one; pictures are cut and scaled as the model's own files say."""

    def __init__(self, checkpoint: Checkpoint, pooling: Pooling, fit: Fit) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._checkpoint, self._pooling, self._fit = checkpoint, pooling, fit
        self._processor = load_processor(checkpoint, "picture")
        self._model = VisionModel(checkpoint, pooling).to(self._device)

    def encode(self, contents: list[Image]) -> NDArray[np.float32]:
        """float32 B x D."""
        inputs = self._processed(contents).to(self._device)
        with torch.inference_mode():
            return self._model(inputs).float().cpu().numpy()

    def prepare(self, content: Image) -> NDArray[np.uint8]:
        """The picture cut and resized, 3 x H x W, before numbers are scaled."""
        pixels = self._processed([content], do_rescale=False, do_normalize=False)[0].numpy()
        if pixels.dtype != np.uint8:
            raise self._odd()
        return pixels

    def learner(self) -> PixelLearner:
        """A copy of the model that reads what `prepare` gives.

        Raises:
            DataError: the model's files say something else about pictures than cutting, resizing and scaling.
        """
        from PIL import Image

        how = self._processor
        step = float(how.rescale_factor) if how.do_rescale else 1.0
        mean, spread = (how.image_mean, how.image_std) if how.do_normalize else ((0.0,), (1.0,))
        learner = PixelLearner(
            VisionModel(self._checkpoint, self._pooling), torch.tensor(mean) / step, torch.tensor(spread) / step
        )
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))
        scaled = (torch.from_numpy(self.prepare(noise)).float() - learner.centre) / learner.scale
        expected = self._processed([noise])[0]
        if scaled.shape != expected.shape or not torch.allclose(scaled, expected, atol=_TOLERANCE):
            raise self._odd()
        return learner

    def _processed(self, pictures: list[Image], **named: bool) -> Tensor:
        if self._fit == "whole":
            pictures = [picture.resize((max(picture.size),) * 2) for picture in pictures]
        pixels: Tensor = self._processor(images=pictures, return_tensors="pt", **named)["pixel_values"]
        return pixels

    def _odd(self) -> DataError:
        what = "prepares pictures in a way of its own, which training cannot repeat."
        return DataError(Fault(f"model {self._checkpoint.name}", what, "Set tune to head or none."))
