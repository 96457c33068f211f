"""Contrast with the batch: each next item against the next items of the other histories."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from genre.losses._softmax import corrected_cross_entropy
from genre.losses.base import Loss, LossConfig
from genre.nets.cross_entropy import ProductCrossEntropy


class InfonceConfig(LossConfig):
    """How sharp the contrast is."""

    n_negatives: None = Field(None, description="The negatives are the batch's other targets: there is no number.")
    temperature: float = Field(
        1.0, gt=0, le=10, description="Scores are divided by it, after what the matching does; smaller is sharper."
    )


class InfonceLoss(Loss):
    """-log softmax of the target's score among the targets of the batch, each item of which is one candidate.

    An item that is the target of many histories of the batch counts once: counted as often as it comes, it would be
    pushed down for being popular. That is the log Q correction of Yi et al., Sampling-bias-corrected neural modeling
    for large corpus item recommendations, RecSys 2019, with Q counted in the batch. Only items of the batch are
    encoded, which spares heavy trained encoders the catalogue. Reference: arXiv 1807.03748.
    """

    config: InfonceConfig
    negatives_from_batch = True
    EXAMPLES = ({}, {"temperature": 0.2})

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        return corrected_cross_entropy(scores / self.config.temperature, targets, log_sampling)

    def loss_of_products(self, users: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        return ProductCrossEntropy.apply(users / self.config.temperature, items, targets)
