"""The contract of metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genre.core.component import Component, ComponentConfig
from genre.values import Judgement


class MetricConfig(ComponentConfig):
    """Base of metric configs."""


class Metric(Component, ABC):
    """One number per user, or one for all lists together."""

    config: MetricConfig
    is_per_user: ClassVar[bool] = True
    """False: `measure` gives one value for all lists together (coverage, Gini), which has no interval over users."""
    has_cutoff: ClassVar[bool] = True
    """False: k plays no part, and recipes write the metric without one."""
    needs_auc: ClassVar[bool] = False
    needs_vectors: ClassVar[bool] = False
    needs_ratings: ClassVar[bool] = False
    lower_is_better: ClassVar[bool] = False
    """True for errors."""

    @abstractmethod
    def measure(self, judgement: Judgement, k: int) -> NDArray[np.float64]:
        """The metric at cut-off k: float64 [B], or [1] when not `is_per_user`. NaN where it is not defined."""
