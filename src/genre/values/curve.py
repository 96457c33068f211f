"""How a training run went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One pass over the training histories.

    Attributes:
        epoch: from 1.
        loss: mean over the batches.
        value: the validation metric afterwards, None where it was not measured.
        seconds: of training, without judging.
        parts: what the loss is the sum of, by name, where it has several parts.
    """

    epoch: int
    loss: float
    value: float | None
    seconds: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Curve:
    """All epochs of a run.

    Attributes:
        metric: what `value` is.
        best_epoch: the epoch whose weights were kept, from 1.
    """

    epochs: tuple[Epoch, ...] = ()
    metric: str = ""
    best_epoch: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "best_epoch": self.best_epoch,
            "epochs": [asdict(entry) for entry in self.epochs],
        }

    @staticmethod
    def of(document: dict[str, Any]) -> Curve:
        """The inverse of `to_dict`."""
        epochs = tuple(Epoch(**entry) for entry in document["epochs"])
        return Curve(epochs, document["metric"], document["best_epoch"])
