"""Several vectors become one, absent ones left out."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MaskedMean(nn.Module):
    """(B x L x D, mask B x L) -> B x D, the mean of those in the mask; zero where there are none."""

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        weights = mask.to(vectors.dtype).unsqueeze(-1)
        return (vectors * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


class AttentionPooling(nn.Module):
    """(B x L x D, mask B x L) -> B x D, a mean whose weights a small network gives; zero where there are none.

    Reference: the additive attention over words of Hierarchical Attention Networks, Yang et al., NAACL 2016.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.look = nn.Linear(width, width)
        self.weigh = nn.Linear(width, 1, bias=False)
        nn.init.zeros_(self.weigh.weight)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        logits = self.weigh(torch.tanh(self.look(vectors))).squeeze(-1)
        logits = logits.float().masked_fill(~mask, torch.finfo(torch.float32).min)
        weights = logits.softmax(dim=1) * mask
        return (vectors * weights.unsqueeze(-1).to(vectors.dtype)).sum(dim=1)


def pooling(word: str, width: int) -> nn.Module:
    """mean or attention over vectors of a width."""
    return AttentionPooling(width) if word == "attention" else MaskedMean()
