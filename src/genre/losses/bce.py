"""Binary cross-entropy: the next item is a yes, each negative a no."""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from genre.losses.base import Loss, LossConfig


class BceConfig(LossConfig):
    """How many negatives."""

    n_negatives: int | None = Field(
        256,
        ge=1,
        description="Sampled negatives per batch, shared by its targets; None: all items compete.",
    )


class BceLoss(Loss):
    """-log sigmoid(target's score) plus the mean over negatives of -log(1 - sigmoid(score)).

    The loss of SASRec (arXiv 1808.09781) with as many negatives as wanted, both sides weighing the same.
    """

    config: BceConfig
    EXAMPLES = ({}, {"n_negatives": None})

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        right = scores.gather(1, targets[:, None]).squeeze(1)
        is_negative = scores.isfinite().scatter(1, targets[:, None], False)
        wrong = F.softplus(scores.masked_fill(~is_negative, 0.0)) * is_negative
        return (F.softplus(-right) + wrong.sum(dim=1) / is_negative.sum(dim=1).clamp(min=1)).mean()
