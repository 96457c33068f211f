"""Softmax cross-entropy: the next item against all items, or against sampled ones."""

from __future__ import annotations

from torch import Tensor

from genre.losses._softmax import corrected_cross_entropy
from genre.losses.base import Loss, LossConfig
from genre.nets.cross_entropy import ProductCrossEntropy


class SoftmaxConfig(LossConfig):
    """Full by default."""


class SoftmaxLoss(Loss):
    """-log softmax of the target's score; with `n_negatives` as `sampled_softmax`."""

    config: SoftmaxConfig
    corrects_sampling = True
    EXAMPLES = ({}, {"n_negatives": 64})

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        return corrected_cross_entropy(scores, targets, log_sampling)

    def loss_of_products(self, users: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        return ProductCrossEntropy.apply(users, items, targets)
