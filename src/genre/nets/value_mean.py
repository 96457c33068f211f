"""Trained vectors of values, averaged over what each row holds."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.nets.frozen import INITIAL_SCALE


class ValueMean(nn.Module):
    """rows (int64 [B]) -> the mean vector of a row's values, B x width; zero for a row without values.

    Args:
        places: int64, the values of all N rows, row after row.
        offsets: int64 [N + 1], where each row's values begin.
        n_values: number of vectors.
    """

    places: Tensor
    offsets: Tensor

    def __init__(self, places: NDArray[np.int64], offsets: NDArray[np.int64], n_values: int, width: int) -> None:
        super().__init__()
        self.register_buffer("places", torch.from_numpy(places), persistent=False)
        self.register_buffer("offsets", torch.from_numpy(offsets), persistent=False)
        self.table = nn.Embedding(n_values, width)
        nn.init.normal_(self.table.weight, std=INITIAL_SCALE)

    def forward(self, rows: Tensor) -> Tensor:
        begins = self.offsets[rows]
        counts = self.offsets[rows + 1] - begins
        starts = counts.cumsum(0) - counts
        within = torch.arange(int(counts.sum()), device=rows.device)
        held = self.places[within + torch.repeat_interleave(begins - starts, counts)]
        return F.embedding_bag(held, self.table.weight, starts, mode="mean")
