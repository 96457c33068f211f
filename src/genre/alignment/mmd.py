"""Brings modalities together as distributions, whatever item a vector belongs to (maximum mean discrepancy)."""

from __future__ import annotations

from itertools import combinations

import torch
from pydantic import Field
from torch import Tensor, nn

from genre.alignment.base import LossAlignment, LossAlignmentConfig
from genre.values import World

SAMPLE = 256
"""Items of each modality that are compared in one batch, at most."""


class MmdConfig(LossAlignmentConfig):
    """The kernels."""

    bandwidths: tuple[float, ...] = Field(
        (0.25, 0.5, 1.0, 2.0, 4.0),
        min_length=1,
        description="Widths of the Gaussian kernels (their mean is taken), times the median squared distance at hand.",
    )


class MmdAlignment(LossAlignment):
    """The squared distance of the two mean embeddings under a sum of Gaussian kernels, over all pairs of modalities.

    The biased estimate: never negative, and zero for equal samples. It says nothing about which item is which: pair it
    with `contrastive` or `distill` where items should match. The median of the distances is not learned through.
    Reference: Gretton et al., A kernel two-sample test, JMLR 13, 2012; several bandwidths, arXiv 1502.02791.
    """

    config: MmdConfig
    takes_ids = True
    matches_items = False
    EXAMPLES = ({}, {"bandwidths": [1.0], "weight": 0.5})

    def network(self, n_modalities: int, width: int, world: World) -> nn.Module:
        return _Discrepancy(self.config.bandwidths)


class _Discrepancy(nn.Module):
    def __init__(self, bandwidths: tuple[float, ...]) -> None:
        super().__init__()
        self.bandwidths = bandwidths

    def forward(self, vectors: Tensor, mask: Tensor, rows: Tensor) -> Tensor:
        losses = [vectors.sum() * 0.0]
        for left, right in combinations(range(mask.shape[1]), 2):
            one, other = vectors[mask[:, left], left], vectors[mask[:, right], right]
            if len(one) and len(other):
                losses.append(self._between(_sample(one), _sample(other)))
        return torch.stack(losses).sum() / max(len(losses) - 1, 1)

    def _between(self, one: Tensor, other: Tensor) -> Tensor:
        points = torch.cat([one, other]).float()
        norms = points.square().sum(dim=1)
        distances = (norms[:, None] + norms[None, :] - 2 * points @ points.T).clamp(min=0.0)
        middle = distances.detach().median().clamp(min=1e-12)
        kernel = torch.stack([torch.exp(-distances / (2 * width * middle)) for width in self.bandwidths]).mean(dim=0)
        n = len(one)
        return kernel[:n, :n].mean() + kernel[n:, n:].mean() - 2 * kernel[:n, n:].mean()


def _sample(vectors: Tensor) -> Tensor:
    if len(vectors) <= SAMPLE:
        return vectors
    return vectors[torch.randperm(len(vectors), device=vectors.device)[:SAMPLE]]
