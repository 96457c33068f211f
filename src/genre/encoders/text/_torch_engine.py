"""A model through PyTorch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from genre.core.onednn import keep_few_shapes
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model
from genre.encoders.text._pooling import pooled
from genre.encoders.text._tokens import TokenBatch


def native_precision() -> str:
    """bfloat16 where the hardware has matrix units for it (without them it is the slower one), else float32."""
    if torch.cuda.is_available():
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    has_units = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return "bfloat16" if has_units is not None and has_units() else "float32"


class TorchEngine:
    """On the GPU where there is one.

    Args:
        precision: float32 or bfloat16, of weights and matrix products; pooling is always float32.
    """

    batches_at_once = 1

    def __init__(self, checkpoint: Checkpoint, pooling: str, precision: str) -> None:
        keep_few_shapes()
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._pooling = pooling
        self._model = load_model(checkpoint).to(self._device, getattr(torch, precision))
        self.config = self._model.config
        self.width: int = self.config.hidden_size
        self.batch_tokens = 2048 if self._device.type == "cpu" else 65_536

    def encode(self, batch: TokenBatch) -> NDArray[np.float32]:
        """float32 B x D, not normalised."""
        with torch.inference_mode():
            ids = torch.from_numpy(batch.ids).to(self._device)
            mask = torch.from_numpy(batch.mask).to(self._device)
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            return pooled(states, mask, self._pooling).cpu().numpy()
