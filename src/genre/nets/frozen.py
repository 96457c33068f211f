"""Trained maps of frozen vectors."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class FrozenProjection(nn.Module):
    """rows (int64, any shape) -> a linear map of the frozen vector of each row, zero where there is no content."""

    vectors: Tensor
    present: Tensor

    def __init__(self, vectors: NDArray[np.float32], present: NDArray[np.bool_], width: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.from_numpy(vectors))
        self.register_buffer("present", torch.from_numpy(present))
        self.projection = nn.Linear(vectors.shape[1], width)

    def forward(self, rows: Tensor) -> Tensor:
        return self.projection(self.vectors[rows]) * self.present[rows].unsqueeze(-1)
