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

    The recommender that lowers it adds the mean of the training ratings to what matching says, so that only what is
    above or below it is learned. What suits it: matching `{type: dot, bias: both}`, user tower `mean`, and item vectors
    of length 1 or as they come.
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
