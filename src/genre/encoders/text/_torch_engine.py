"""Token states through PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model
from genre.encoders.text._pooling import pooled
from genre.encoders.text._tokens import TokenBatch


def multiplies_bfloat16() -> bool:
    """Whether the hardware has matrix units for bfloat16; without them it is slower than float32."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu._is_amx_tile_supported())


class TorchEngine:
    """A frozen model, on the GPU where there is one.

    Args:
        precision: float32 or bfloat16 (weights and matrix products; pooling is always float32).
    """

    def __init__(self, checkpoint: Checkpoint, pooling: str, precision: str) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._pooling = pooling
        model: Any = load_model(checkpoint)
        self._model = model.to(self._device, getattr(torch, precision))
        self.config = model.config
        self.width: int = model.config.hidden_size

    def encode(self, batch: TokenBatch) -> NDArray[np.float32]:
        """float32 B x D, not normalised."""
        with torch.inference_mode():
            ids = torch.from_numpy(batch.ids).to(self._device)
            mask = torch.from_numpy(batch.mask).to(self._device)
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            return pooled(states, mask, self._pooling).cpu().numpy()
