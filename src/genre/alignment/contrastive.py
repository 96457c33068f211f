"""Pulls an item's modalities together and those of different items apart (InfoNCE)."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.alignment.base import IDS, LossAlignment, LossAlignmentConfig
from genre.values import World


class ContrastiveConfig(LossAlignmentConfig):
    """How sharp the contrast is, and in which space."""

    temperature: float = Field(0.2, gt=0, le=10, description="Cosines are divided by it: lower is sharper.")
    head: Literal["none", "linear", "mlp"] = Field(
        "none",
        description="A trained map of each modality (never of the id part) to where it is compared, dropped after "
        "training; none: the vectors that are fused are compared themselves.",
    )


class ContrastiveAlignment(LossAlignment):
    """Among the items of a batch, each item's vector in one modality should find its own in the other, both ways.

    With three or more modalities, the mean over all pairs. `between: [text, ids]` aligns content with the id part.
    Reference: InfoNCE, arXiv 1807.03748; both ways, arXiv 2103.00020; content and ids, RLMRec, arXiv 2310.15950.
    """

    config: ContrastiveConfig
    takes_ids = True
    EXAMPLES = ({}, {"between": ["text", "ids"], "temperature": 0.2, "head": "mlp"}, {"head": "linear", "weight": 1.0})

    def network(self, n_modalities: int, width: int, world: World) -> nn.Module:
        names = self.config.between or ("",) * n_modalities
        heads = [_head("none" if name == IDS else self.config.head, width) for name in names]
        return _Contrast(nn.ModuleList(heads), self.config.temperature)


class _Contrast(nn.Module):
    def __init__(self, heads: nn.ModuleList, temperature: float) -> None:
        super().__init__()
        self.heads, self.temperature = heads, temperature

    def compared(self, vectors: Tensor) -> Tensor:
        """C x K x D -> C x K x D."""
        return torch.stack([head(vectors[:, place]) for place, head in enumerate(self.heads)], dim=1)

    def forward(self, vectors: Tensor, mask: Tensor, rows: Tensor) -> Tensor:
        units = F.normalize(self.compared(vectors), dim=-1)
        losses = [units.sum() * 0.0]
        for left, right in combinations(range(mask.shape[1]), 2):
            both = mask[:, left] & mask[:, right]
            if both.any():
                losses.append(self._between(units[both, left], units[both, right]))
        return torch.stack(losses).sum() / max(len(losses) - 1, 1)

    def _between(self, left: Tensor, right: Tensor) -> Tensor:
        scores = (left @ right.T).float() / self.temperature
        own = torch.arange(len(scores), device=scores.device)
        return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def _head(kind: str, width: int) -> nn.Module:
    if kind == "none":
        return nn.Identity()
    if kind == "linear":
        return nn.Linear(width, width)
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
