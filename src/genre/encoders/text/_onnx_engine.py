"""A model through ONNX Runtime, in float32 or with int8 matrix products."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from genre.core.cache_dir import cache_dir
from genre.core.errors import MissingExtraError
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._onnx_packages import NEEDED_BY
from genre.encoders.text._pooling import pooled
from genre.encoders.text._tokens import TokenBatch

_FORMAT = 1
"""Raised when the same model begins to be written differently."""


class OnnxEngine:
    """The model is exported and, for int8, quantised once and kept in the cache.

    int8: weights with one scale per output channel, activations with one scale per batch, found anew for each batch;
    so a vector varies (cosine about 0.99) with the texts beside it.

    Args:
        precision: float32 or int8.
    """

    batch_tokens = 512

    def __init__(self, checkpoint: Checkpoint, pooling: str, precision: str) -> None:
        try:
            import onnx  # noqa: F401
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError(error.name or "onnxruntime", "onnx", NEEDED_BY) from None
        from transformers import AutoConfig

        from genre.encoders.text._onnx_export import export

        path = cache_dir() / "onnx" / f"{checkpoint.label}-{precision}-{checkpoint.digest[:24]}-{_FORMAT}.onnx"
        if not path.exists():
            export(checkpoint, path, precision)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.batches_at_once = torch.get_num_threads()
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._pooling = pooling
        self.config = AutoConfig.from_pretrained(checkpoint.folder, local_files_only=True)
        self.width: int = self.config.hidden_size

    def encode(self, batch: TokenBatch) -> NDArray[np.float32]:
        """float32 B x D, not normalised."""
        (states,) = self._session.run(None, {"input_ids": batch.ids, "attention_mask": batch.mask})
        return pooled(torch.from_numpy(states), torch.from_numpy(batch.mask), self._pooling).numpy()
