"""Squared error of ratings: scores are what users would rate."""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from genre.losses.base import Loss, LossConfig


class MseConfig(LossConfig):
    """Nothing to choose."""

    n_negatives: None = Field(None, description="Ratings are predicted one by one: there are no negatives.")


class MseLoss(Loss):
    """Mean of (predicted - given)^2 over the ratings of a batch.

    The recommender that lowers it starts from the mean of the training ratings. The matching that suits it is
    `{type: dot, bias: both}` (users and items above and below the mean), and the metric to stop by is `rmse@10`.
    Reference: Koren, Bell and Volinsky, Matrix factorization techniques for recommender systems, IEEE Computer 42(8),
    2009.
    """

    config: MseConfig
    predicts_ratings = True
    EXAMPLES = ({},)

    def loss_of_ratings(self, predicted: Tensor, ratings: Tensor) -> Tensor:
        return F.mse_loss(predicted, ratings)

    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        raise NotImplementedError("mse compares ratings: loss_of_ratings")
