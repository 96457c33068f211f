"""Softmax cross-entropy: the next item against all items, or against sampled ones."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from genre.losses.base import Loss, LossConfig
from genre.nets.cross_entropy import ProductCrossEntropy


class SoftmaxConfig(LossConfig):
    """Full by default."""


class SoftmaxLoss(Loss):
    """-log softmax of the target's score.

    Sampled scores are corrected by their log sampling frequency, so that the sum over the drawn candidates estimates
    the sum over all. Reference: arXiv 1412.2007, section 3.2.
    """

    config: SoftmaxConfig
    EXAMPLES = ({}, {"n_negatives": 64})

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        corrected = scores if log_sampling is None else scores - log_sampling
        return F.cross_entropy(corrected, targets)

    def loss_of_products(self, users: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        return ProductCrossEntropy.apply(users, items, targets)
