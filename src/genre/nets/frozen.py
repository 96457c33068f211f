"""Trained maps of frozen vectors."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

INITIAL_SCALE = 0.02
"""Spread of untrained item vectors: small, so that content grows in where it helps."""


class FrozenProjection(nn.Module):
    """rows (int64, any shape) -> a linear map of the frozen vector of each row, zero where there is no content."""

    vectors: Tensor
    present: Tensor

    def __init__(self, vectors: NDArray[np.float32], present: NDArray[np.bool_], width: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.from_numpy(vectors))
        self.register_buffer("present", torch.from_numpy(present))
        self.projection = nn.Linear(vectors.shape[1], width)
        nn.init.normal_(self.projection.weight, std=INITIAL_SCALE / max(vectors.shape[1], 1) ** 0.5)
        nn.init.zeros_(self.projection.bias)

    def forward(self, rows: Tensor) -> Tensor:
        return self.projection(self.vectors[rows]) * self.present[rows].unsqueeze(-1)


class MaskedTable(nn.Module):
    """rows (int64, any shape) -> a trained vector per row, zero (and without gradient) where `present` is False."""

    present: Tensor

    def __init__(self, present: NDArray[np.bool_], width: int) -> None:
        super().__init__()
        self.register_buffer("present", torch.from_numpy(present))
        self.table = nn.Embedding(len(present), width)
        nn.init.normal_(self.table.weight, std=width**-0.5)

    def forward(self, rows: Tensor) -> Tensor:
        return self.table(rows) * self.present[rows].unsqueeze(-1)
