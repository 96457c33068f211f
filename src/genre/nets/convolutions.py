"""Small convolutional networks, trained from scratch on what a store holds of each row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from genre.nets.frozen import INITIAL_SCALE

CHUNK = 256
"""Rows convolved at a time; training computes all chunks but the first again rather than keep their insides."""
GROUP = 8
"""Channels normalised together."""


class Convolutions(nn.Module):
    """B x C x H x W -> B x `width`: strided convolutions that double the channels, then the mean over what is left.

    Group instead of batch normalisation (arXiv 1803.08494): a row's vector depends on that row alone. Two channels say
    where a place is (arXiv 1807.03247): a tone is high or low, a title stands above or below.

    Args:
        channels: of the first stage, a multiple of 8.
        n_stages: each halves height and width.
    """

    def __init__(self, n_inputs: int, channels: int, n_stages: int, dropout: float) -> None:
        super().__init__()
        widths = [n_inputs + 2, *(channels * 2**stage for stage in range(n_stages))]
        stages = [
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                nn.GroupNorm(after // GROUP, after),
                nn.GELU(),
            )
            for before, after in pairwise(widths)
        ]
        self.stages, self.dropout, self.width = nn.Sequential(*stages), nn.Dropout(dropout), widths[-1]

    def forward(self, inputs: Tensor) -> Tensor:
        return self.dropout(self.stages(torch.cat([inputs, _coordinates(inputs)], dim=1)).mean(dim=(2, 3)))


def _coordinates(inputs: Tensor) -> Tensor:
    """Height and breadth of each place, from -1 to 1: B x 2 x H x W."""
    sides = [torch.linspace(-1, 1, size, device=inputs.device, dtype=inputs.dtype) for size in inputs.shape[2:]]
    return torch.stack(torch.meshgrid(*sides, indexing="ij")).expand(len(inputs), -1, -1, -1)


class StoredConvolutions(nn.Module):
    """rows (int64, any shape) -> what `body` makes of their arrays, projected; zero where there is none.

    Args:
        arrays: P x C x H x W of any number type, may be memory-mapped; read as they are needed.
        places: int64 [N], where each row stands in `arrays`, -1 for none.
        centre: what is taken off every number.
        scale: what it is then divided by.
    """

    places: Tensor

    def __init__(
        self,
        arrays: NDArray,
        places: NDArray[np.int64],
        body: Convolutions,
        width: int,
        centre: float,
        scale: float,
    ) -> None:
        super().__init__()
        self._arrays, self._centre, self._scale = arrays, centre, scale
        self.register_buffer("places", torch.from_numpy(places), persistent=False)
        self.body, self.projection = body, nn.Linear(body.width, width)
        nn.init.normal_(self.projection.weight, std=INITIAL_SCALE / body.width**0.5)
        nn.init.zeros_(self.projection.bias)

    def forward(self, rows: Tensor) -> Tensor:
        places = self.places[rows.flatten()]
        there = places >= 0
        known, inverse = torch.unique(places[there], return_inverse=True)
        parts = [self._convolved(part, place > 0) for place, part in enumerate(known.split(CHUNK))]
        vectors = self.projection.weight.new_zeros(len(places), self.projection.out_features)
        if parts:
            vectors = vectors.masked_scatter(there.unsqueeze(1), F.embedding(inverse, torch.cat(parts)))
        return vectors.unflatten(0, rows.shape)

    def _convolved(self, places: Tensor, is_repeated: bool) -> Tensor:
        """Vectors of places, float32 n x width."""
        arrays = torch.from_numpy(np.ascontiguousarray(self._arrays[places.cpu().numpy()])).to(places.device)
        if is_repeated and torch.is_grad_enabled():
            return checkpoint(self._network, arrays, use_reentrant=False)
        return self._network(arrays)

    def _network(self, arrays: Tensor) -> Tensor:
        inputs = (arrays.to(self.projection.weight.dtype) - self._centre) / self._scale
        return self.projection(self.body(inputs)).float()
