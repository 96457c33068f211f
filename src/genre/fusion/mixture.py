"""Adds the modalities and what several experts make of them, each item by its own blend of experts."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.fusion.base import Fusion, FusionConfig


class MixtureConfig(FusionConfig):
    """How many experts there are."""

    experts: int = Field(4, ge=2, le=64, description="Experts among which the gate divides each item.")
    hidden: int = Field(64, ge=1, le=4096, description="Units in an expert's hidden layer.")


class MixtureFusion(Fusion):
    """The sum of the present modalities plus the gate's mean of E small networks that see all modalities together.

    The gate is a softmax over experts; it sees which modalities there are and what they say, so that an expert can
    answer for items that lack some. Experts start different inside and silent outside: training starts from the sum.
    Reference: Jacobs, Jordan, Nowlan and Hinton, Adaptive mixtures of local experts, Neural Computation 3(1), 1991.
    """

    config: MixtureConfig
    EXAMPLES = ({}, {"experts": 2, "hidden": 8})

    def network(self, n_modalities: int, width: int) -> nn.Module:
        return _Mixture(n_modalities, width, self.config)


class _Mixture(nn.Module):
    def __init__(self, n_modalities: int, width: int, config: MixtureConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.gate = nn.Linear(n_modalities * (width + 1), config.experts)
        self.hidden = nn.Linear(n_modalities * width, config.experts * config.hidden)
        self.output = nn.Parameter(torch.zeros(config.experts, config.hidden, width))
        nn.init.zeros_(self.gate.weight)
        nn.init.zeros_(self.gate.bias)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        shown = vectors * mask.unsqueeze(-1)
        said = self.norm(shown).flatten(start_dim=1)
        shares = self.gate(torch.cat([said, mask.to(said.dtype)], dim=1)).softmax(dim=-1)
        hidden = F.gelu(self.hidden(said)).unflatten(-1, self.output.shape[:2])
        answers = torch.einsum("be,beh,ehd->bd", shares, hidden, self.output)
        return shown.sum(dim=1) + answers * mask.any(dim=1, keepdim=True)
