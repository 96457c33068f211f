"""Root mean squared error of predicted ratings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics._ratings import errors
from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class RmseConfig(MetricConfig):
    """Nothing to choose."""


class RmseMetric(Metric):
    """The root of the mean of (predicted - given)^2 over all judged ratings, whoever gave them; less is better.

    Not a mean over users: busy users weigh more, as in published figures. Predictions are clipped to the range of the
    training ratings. NaN for recommenders that predict no ratings.
    """

    config: RmseConfig
    is_per_user = False
    has_cutoff = False
    needs_ratings = True
    lower_is_better = True

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        return np.array([np.sqrt(np.square(errors(judgement)).mean())])
