"""Bayesian personalised ranking: the next item above each negative."""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from genre.losses.base import Loss, LossConfig


class BprConfig(LossConfig):
    """How many negatives."""

    n_negatives: int | None = Field(
        256,
        ge=1,
        description="Sampled negatives per batch, shared by its targets; None: all items compete.",
    )


class BprLoss(Loss):
    """Mean over negatives of -log sigmoid(target's score - negative's score).

    Reference: arXiv 1205.2618.
    """

    config: BprConfig
    EXAMPLES = ({}, {"n_negatives": None})

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        right = scores.gather(1, targets[:, None])
        is_negative = scores.isfinite().scatter(1, targets[:, None], False)
        margins = (right - scores).masked_fill(~is_negative, 0.0)
        losses = F.softplus(-margins) * is_negative
        return (losses.sum(dim=1) / is_negative.sum(dim=1).clamp(min=1)).mean()
