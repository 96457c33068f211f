"""What of a pretrained model goes on learning with the recommender, and how: shared by texts, pictures and sounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError, model_validator

from genre.core.component import ComponentConfig
from genre.core.slot import ComponentError
from genre.encoders.base import EncoderConfig

WORDS = ("none", "head", "full")


class Way(ComponentConfig):
    """Base of the ways to tune that have settings."""

    @classmethod
    def type_name(cls) -> str:
        """The word in recipes."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__.removesuffix("Tuning")).lower()


class TopLayers(Way):
    """The uppermost layers learn whole."""

    top_layers: int = Field(ge=1, le=1000, description="How many of the uppermost layers learn.")


class TunedConfig(EncoderConfig):
    """How a pretrained model learns with the recommender; without tuning, the rest has no effect."""

    rates: ClassVar[Mapping[str, float]] = {"top_layers": 1e-4, "full": 5e-5}
    """Learning rates that suit what learns."""

    tune: Any = Field("none", description="What learns.")
    learning_rate: float | None = Field(
        None, gt=0, le=1, description="Peak learning rate inside the pretrained model; None: as suits what learns."
    )
    whiten_dim: int = Field(64, ge=1, le=4096, description="Principal axes of the frozen vectors that the head reads.")
    chunk: int = Field(64, ge=1, le=65_536, description="Texts or files that are read at a time in training.")
    checkpointing: bool = Field(
        True, description="Compute a chunk again in the backward pass instead of keeping its states: less memory."
    )
    gradient_share: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of what a batch reads, drawn each time, that sends gradients; less is quicker, noisier.",
    )

    @model_validator(mode="after")
    def _something_learns(self) -> Self:
        if self.tune in ("none", "head") and self.learning_rate is not None:
            raise ValueError(
                f"learning_rate is that of the pretrained model; with tune {self.kind} nothing learns there."
            )
        return self

    @property
    def peak_rate(self) -> float | None:
        """The learning rate inside the pretrained model; None where nothing there learns."""
        if self.tune in ("none", "head"):
            return None
        return self.learning_rate or self.rates[self.kind]

    @property
    def kind(self) -> str:
        """What learns, in one word."""
        return str(self.tune if isinstance(self.tune, str) else self.tune.type_name())


def parse_way(value: Any, top_layers: type[TopLayers], choices: str) -> Any:
    """`none`, `head`, `full` or {top_layers: k} as its class.

    Raises:
        ComponentError: it is none of these, or its fields do not hold.
    """
    if isinstance(value, Way) or (isinstance(value, str) and value in WORDS):
        return value
    if isinstance(value, dict) and "top_layers" in value:
        return validated(top_layers, value)
    raise ComponentError(f"{value!r} is not a way to tune. Choose {choices}.")


def validated(kind: type[Way], value: dict[str, Any]) -> Way:
    """A way to tune with these settings.

    Raises:
        ComponentError: they do not hold.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise ComponentError(f"{error.error_count()} faults", error, kind) from None


def frozen_layers(tune: str | Way, n_layers: int) -> int:
    """How many of the lower layers have nothing that learns, in them or under them.

    Raises:
        ValueError: more layers are to learn than there are.
    """
    if isinstance(tune, str):
        return {"none": n_layers, "head": n_layers, "full": 0}[tune]
    wanted = getattr(tune, "top_layers" if isinstance(tune, TopLayers) else "layers", None)
    if wanted is not None and wanted > n_layers:
        raise ValueError(f"asks for {wanted} layers, and the model has {n_layers}.")
    return 0 if wanted is None else n_layers - wanted
