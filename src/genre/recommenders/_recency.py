"""Newer items of a history count more: weights by age in items, chosen on validation users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from genre.recommenders._validation import validation
from genre.recommenders.base import Task
from genre.values import Histories

HALF_LIVES = (1.0, 2.0, 3.5, 7.0, 14.0, 35.0)
FLOORS = (0.0, 0.1, 0.3)
N_USERS = 2_000

BagScorer = Callable[[sp.csr_array], NDArray[np.float32]]
"""Weighted histories (B x N, sparse) -> scores B x N."""


class RecencySection(BaseModel):
    """How fast an item of a history loses weight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    half_life: float = Field(gt=0, description="Newer items of the history after which the weight has fallen by half.")
    floor: float = Field(0.0, ge=0, le=1, description="Weight that even the oldest item keeps.")


RecencyChoice = Literal["auto", "none"] | RecencySection
RECENCY_DESCRIPTION = (
    "Weights of history items by age when scoring: auto (chosen on the validation part), none, or half_life and floor."
)


@dataclass(frozen=True)
class Recency:
    """The weight of a history item that `age` newer items follow: floor + (1 - floor) * 0.5 ** (age / half_life).

    Attributes:
        half_life: items; None: every item of a history counts alike.
        floor: in 0..1.
    """

    half_life: float | None = None
    floor: float = 0.0

    def weights(self, histories: Histories) -> NDArray[np.float32]:
        """The weight of each history entry, times the history's own weights: float32 [T]."""
        own = np.ones(len(histories.item_rows), np.float32) if histories.weights is None else histories.weights
        if self.half_life is None:
            return own
        ends = np.repeat(histories.offsets[1:], histories.lengths)
        age = ends - 1 - np.arange(len(histories.item_rows))
        decay = self.floor + (1.0 - self.floor) * 0.5 ** (age / self.half_life)
        return (own * decay).astype(np.float32)

    def bag(self, histories: Histories) -> sp.csr_array:
        """Weighted histories without order: float32 B x N; of an item touched twice the larger weight counts."""
        owners = np.repeat(np.arange(len(histories)), histories.lengths)
        weights = self.weights(histories)
        order = np.lexsort((-weights, histories.item_rows, owners))
        pairs = owners[order] * histories.n_items + histories.item_rows[order]
        first = order[np.flatnonzero(np.diff(pairs, prepend=-1))]
        offsets = np.zeros(len(histories) + 1, dtype=np.int64)
        np.cumsum(np.bincount(owners[first], minlength=len(histories)), out=offsets[1:])
        shape = (len(histories), histories.n_items)
        return sp.csr_array((weights[first], histories.item_rows[first], offsets), shape=shape)

    def in_words(self) -> str:
        """`half-life 7 items, floor 0.1`."""
        if self.half_life is None:
            return "all items of a history alike"
        return f"half-life {self.half_life:g} items" + (f", floor {self.floor:g}" if self.floor else "")

    def to_meta(self) -> dict[str, Any]:
        """For a component's state."""
        return {"half_life": self.half_life, "floor": self.floor}


def choose(setting: RecencyChoice, task: Task, score: BagScorer) -> Recency:
    """The recency that the recipe asks for; `auto` takes what ranks best for validation users.

    A half-life is sought first, then a floor; the plain history stays unless something is better, and where there is
    no validation part.
    """
    if isinstance(setting, RecencySection):
        return Recency(setting.half_life, setting.floor)
    judge = None if setting == "none" else validation(task, n_users=N_USERS)
    if judge is None:
        return Recency()

    def quality(recency: Recency) -> float:
        return judge.measure(lambda histories: score(recency.bag(histories)))

    best = max([Recency(), *(Recency(half_life, 0.1) for half_life in HALF_LIVES)], key=quality)
    if best.half_life is None:
        return best
    return max([best, *(Recency(best.half_life, floor) for floor in FLOORS if floor != best.floor)], key=quality)
