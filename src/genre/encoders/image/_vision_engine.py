"""A vision model of transformers as something that makes vectors of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from genre.encoders._pooled import Pooling, has_trained_pooler, pooled
from genre.encoders.image._shapes import Fit
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model, load_processor

if TYPE_CHECKING:
    from PIL.Image import Image


class VisionEngine:
    """On the GPU where there is one; pictures are cut and scaled as the model's own files say.

    Models that look at pictures and texts (CLIP, SigLIP) give the vector that they compare with texts.
    """

    def __init__(self, checkpoint: Checkpoint, pooling: Pooling, fit: Fit) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._processor = load_processor(checkpoint, "picture")
        model = load_model(checkpoint)
        self._has_pooler = has_trained_pooler(model, checkpoint)
        self._model, self._pooling, self._fit = model.to(self._device), pooling, fit

    def encode(self, pictures: list[Image]) -> NDArray[np.float32]:
        """float32 B x D."""
        if self._fit == "whole":
            pictures = [picture.resize((max(picture.size),) * 2) for picture in pictures]
        inputs = self._processor(images=pictures, return_tensors="pt")["pixel_values"].to(self._device)
        with torch.inference_mode():
            return self._vectors(inputs).float().cpu().numpy()

    def _vectors(self, pixels: torch.Tensor) -> torch.Tensor:
        if hasattr(self._model, "get_image_features"):
            features: Any = self._model.get_image_features(pixel_values=pixels)
            return features if isinstance(features, torch.Tensor) else features.pooler_output
        return pooled(self._model(pixel_values=pixels), self._pooling, self._has_pooler)
