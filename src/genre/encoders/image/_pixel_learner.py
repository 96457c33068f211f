"""A vision model that reads pixels as they are stored."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genre.encoders._tuned_media import Learner


class PixelLearner(Learner):
    """Pixels, uint8 B x 3 x H x W -> B x D.

    Args:
        model: reads scaled pixels.
        centre: what is taken off every channel, [1] or [3].
        scale: what the rest is divided by.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, model: nn.Module, centre: Tensor, scale: Tensor) -> None:
        super().__init__(model)
        self.register_buffer("centre", centre.view(-1, 1, 1), persistent=False)
        self.register_buffer("scale", scale.view(-1, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        scaled = (pixels.float() - self.centre) / self.scale
        found: Tensor = self.model(scaled.contiguous(memory_format=torch.channels_last))
        return found
