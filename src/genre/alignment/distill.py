"""One modality teaches the others: the first of `between` is the teacher."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.alignment.base import LossAlignment, LossAlignmentConfig
from genre.values import World


class DistillConfig(LossAlignmentConfig):
    """What is taught."""

    teaches: Literal["similarities", "vectors"] = Field(
        "similarities", description="Which items are alike, or the direction of each item's vector."
    )
    temperature: float = Field(0.1, gt=0, le=10, description="Cosines are divided by it, for similarities.")


class DistillAlignment(LossAlignment):
    """Students follow the teacher, who learns nothing from it; the loss is the mean over students.

    Similarities: for each item a softmax over the cosines to the other items of the batch, and the Kullback-Leibler
    divergence of the student's from the teacher's. Vectors: one minus the cosine of student and teacher.
    `between: [ids, text]` lets what interactions say teach content. Reference: arXiv 1503.02531; similarities between
    items, arXiv 2101.04731.
    """

    config: DistillConfig
    takes_ids = True
    EXAMPLES = ({}, {"between": ["ids", "text"], "teaches": "vectors"})

    def network(self, n_modalities: int, width: int, world: World) -> nn.Module:
        return _Lesson(self.config.teaches == "vectors", self.config.temperature)


class _Lesson(nn.Module):
    def __init__(self, teaches_vectors: bool, temperature: float) -> None:
        super().__init__()
        self.teaches_vectors, self.temperature = teaches_vectors, temperature

    def forward(self, vectors: Tensor, mask: Tensor, rows: Tensor) -> Tensor:
        units = F.normalize(vectors, dim=-1).float()
        losses = [vectors.sum() * 0.0]
        for student in range(1, mask.shape[1]):
            both = mask[:, 0] & mask[:, student]
            if both.sum() >= (1 if self.teaches_vectors else 2):
                losses.append(self._taught(units[both, 0].detach(), units[both, student]))
        return torch.stack(losses).sum() / max(len(losses) - 1, 1)

    def _taught(self, teacher: Tensor, student: Tensor) -> Tensor:
        if self.teaches_vectors:
            return (1.0 - (teacher * student).sum(dim=1)).mean()
        wanted, found = self._neighbours(teacher), self._neighbours(student)
        return F.kl_div(found, wanted, reduction="batchmean", log_target=True)

    def _neighbours(self, units: Tensor) -> Tensor:
        """Log-probabilities of the other items as neighbours of each: n x (n - 1)."""
        others = ~torch.eye(len(units), dtype=torch.bool, device=units.device)
        scores = (units @ units.T)[others].view(len(units), len(units) - 1)
        return (scores / self.temperature).log_softmax(dim=1)
