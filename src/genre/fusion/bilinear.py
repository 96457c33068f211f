"""Adds the modalities and low-rank products of each two of them."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from genre.fusion.base import Fusion, FusionConfig


class BilinearConfig(FusionConfig):
    """How much products can tell."""

    rank: int = Field(32, ge=1, le=4096, description="Products per pair of modalities.")


class BilinearFusion(Fusion):
    """The sum of the present modalities plus a map of the sum over pairs m < n of U_m x_m times U_n x_n.

    A product with an absent modality is zero. The map starts at zero, so that training starts from the sum. Vectors
    are brought to one scale before they are multiplied, since products of short ones would never be heard.
    Reference: low-rank bilinear pooling, arXiv 1610.04325; all pairs at the cost of one, Rendle, Factorization
    machines, ICDM 2010.
    """

    config: BilinearConfig
    EXAMPLES = ({}, {"rank": 4})

    def network(self, n_modalities: int, width: int) -> nn.Module:
        return _Bilinear(n_modalities, width, self.config.rank)


class _Bilinear(nn.Module):
    def __init__(self, n_modalities: int, width: int, rank: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.factors = nn.Parameter(torch.randn(n_modalities, width, rank) * width**-0.5)
        self.output = nn.Linear(rank, width, bias=False)
        nn.init.zeros_(self.output.weight)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        shown = vectors * mask.unsqueeze(-1)
        factors = torch.einsum("bmd,mdr->bmr", self.norm(shown), self.factors)
        pairs = (factors.sum(dim=1).square() - factors.square().sum(dim=1)) / 2
        return shown.sum(dim=1) + self.output(pairs)
