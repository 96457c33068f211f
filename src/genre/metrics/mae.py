"""Mean absolute error of predicted ratings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genre.metrics._ratings import errors
from genre.metrics.base import Metric, MetricConfig
from genre.values import Judgement


class MaeConfig(MetricConfig):
    """Nothing to choose."""


class MaeMetric(Metric):
    """The mean of |predicted - given| over all judged ratings, whoever gave them; less is better.

    Not a mean over users: busy users weigh more, as in published figures. Predictions are clipped to the range of the
    training ratings. NaN for recommenders that predict no ratings.
    """

    config: MaeConfig
    is_per_user = False
    has_cutoff = False
    needs_ratings = True
    lower_is_better = True

    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        return np.array([np.abs(errors(judgement)).mean()])
