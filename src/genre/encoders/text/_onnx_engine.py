"""A model through ONNX Runtime, in float32 or with int8 matrix products; without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genre.core.threads import n_threads
from genre.encoders.text._onnx_packages import NEEDED_BY
from genre.encoders.text._tokens import TokenBatch
from genre.nets.onnx_session import session


class OnnxEngine:
    """A network that `onnx_file` wrote.

    int8: weights with one scale per output channel, activations with one scale per batch, found anew for each batch;
    so a vector varies (cosine about 0.99) with the texts beside it.
    """

    batch_tokens = 512

    def __init__(self, network: Path | bytes) -> None:
        self._session = session(network, NEEDED_BY)
        self.batches_at_once = n_threads()

    def encode(self, batch: TokenBatch) -> NDArray[np.float32]:
        """float32 B x D, not normalised."""
        (vectors,) = self._session.run(None, {"input_ids": batch.ids, "attention_mask": batch.mask})
        return vectors  # type: ignore[no-any-return]
