"""Softmax cross-entropy against sampled items, corrected for how often each is drawn."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from genre.losses._softmax import corrected_cross_entropy
from genre.losses.base import Loss, LossConfig


class SampledSoftmaxConfig(LossConfig):
    """How many negatives."""

    n_negatives: int = Field(256, ge=1, description="Sampled negatives per batch, shared by its targets.")


class SampledSoftmaxLoss(Loss):
    """-log softmax of the target's score among itself and the negatives, each less log of its expected draws (log Q).

    Its mean over draws nears the full softmax loss as negatives are added, at a cost that does not grow with the
    catalogue. Reference: arXiv 1412.2007, section 3.2.
    """

    config: SampledSoftmaxConfig
    corrects_sampling = True
    EXAMPLES = ({}, {"n_negatives": 16})

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        return corrected_cross_entropy(scores, targets, log_sampling)
