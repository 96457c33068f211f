"""The contract of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genre.core.component import Component, ComponentConfig

if TYPE_CHECKING:
    from torch import Tensor


class LossConfig(ComponentConfig):
    """Base of loss configs."""

    n_negatives: int | None = Field(
        None,
        ge=1,
        description="Sampled negatives per batch, shared by its targets; None: all items compete.",
    )


class Loss(Component, ABC):
    """Compares scores with what was touched next."""

    config: LossConfig
    predicts_ratings: ClassVar[bool] = False
    """True where scores are meant to be the ratings that users give: `loss_of_ratings` is called, `loss` is not."""
    corrects_sampling: ClassVar[bool] = False
    """True where `log_sampling` takes out how negatives were drawn: popular items are drawn more often then. Else any
    item is as likely, those that the history holds excepted: popular negatives would teach that popularity is bad."""
    negatives_from_batch: ClassVar[bool] = False
    """True where the candidates are the distinct targets of the batch, not all items; `n_negatives` is None then."""

    def loss_of_ratings(self, predicted: Tensor, ratings: Tensor) -> Tensor:
        """Mean loss of predicted ratings, both float32 [P]; only losses that predict ratings have it."""
        raise NotImplementedError

    @abstractmethod
    def loss(self, scores: Tensor, targets: Tensor, log_sampling: Tensor | None = None) -> Tensor:
        """Mean loss, a scalar.

        Args:
            scores: B x C, the scores of C candidates for each of B positions; -inf takes a candidate out.
            targets: int64 B, which of the C candidates was touched next.
            log_sampling: C, log of how often each candidate is expected among the drawn ones (0 for one that is
                always there), None when all items compete.
        """

    def loss_of_products(self, users: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        """`loss` of the scores `users @ items.T` when all items compete.

        Args:
            users: P x D; products run in its number format.
            items: C x D.
            targets: int64 P.
        """
        return self.loss((users @ items.T).float(), targets)
