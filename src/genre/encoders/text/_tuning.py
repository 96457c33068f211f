"""What of a language model goes on learning with the recommender, and how."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from genre.core.component import ComponentConfig
from genre.core.errors import near
from genre.core.slot import ComponentError
from genre.encoders.base import EncoderConfig

WORDS = ("none", "head", "full")


class Tuning(ComponentConfig):
    """Base of the ways to tune that leave the lower layers alone, or may."""

    cache: bool = Field(
        True, description="Keep the states that enter the learning layers on disk; False computes them in each batch."
    )

    @classmethod
    def type_name(cls) -> str:
        """The word in recipes."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__.removesuffix("Tuning")).lower()


class TopLayersTuning(Tuning):
    """The uppermost layers learn whole."""

    top_layers: int = Field(ge=1, le=1000, description="How many of the uppermost layers learn.")


class PeftTuning(Tuning):
    """Base of the ways that add few weights and leave the model's own alone."""

    layers: int | None = Field(None, ge=1, le=1000, description="How many of the uppermost layers; None: all.")


class LoraTuning(PeftTuning):
    """Low-rank updates of the attention's products. Reference: arXiv 2106.09685."""

    peft: Literal["lora"] = Field(description="The kind.")
    rank: int = Field(8, ge=1, le=1024, description="Rank of each update.")
    alpha: int = Field(16, ge=1, le=4096, description="Strength: updates are scaled by alpha / rank.")


class AdaloraTuning(PeftTuning):
    """Low-rank updates whose ranks move to where they matter. Reference: arXiv 2303.10512."""

    peft: Literal["adalora"] = Field(description="The kind.")
    rank: int = Field(12, ge=2, le=1024, description="Rank of each update at the start.")
    target_rank: int = Field(8, ge=1, le=1024, description="Mean rank at the end.")
    alpha: int = Field(16, ge=1, le=4096, description="Strength of the updates.")

    @model_validator(mode="after")
    def _shrinks(self) -> Self:
        if self.target_rank >= self.rank:
            raise ValueError(f"target_rank {self.target_rank} is not below rank {self.rank}. Raise rank or lower it.")
        return self


class Ia3Tuning(PeftTuning):
    """Keys, values and inner activations rescaled. Reference: arXiv 2205.05638."""

    peft: Literal["ia3"] = Field(description="The kind.")


class PrefixTuning(PeftTuning):
    """Keys and values put before those of the text in every layer. Reference: arXiv 2101.00190."""

    peft: Literal["prefix"] = Field(description="The kind.")
    n_tokens: int = Field(8, ge=1, le=1024, description="Virtual tokens.")

    @model_validator(mode="after")
    def _is_cached(self) -> Self:
        if self.layers is not None and not self.cache:
            raise ValueError("prefix in some layers needs the cache below them. Leave out layers or cache: false.")
        return self


class PromptTuning(Tuning):
    """Word vectors put before the text. Reference: arXiv 2104.08691."""

    peft: Literal["prompt"] = Field(description="The kind.")
    n_tokens: int = Field(8, ge=1, le=1024, description="Virtual tokens.")


class BottleneckTuning(PeftTuning):
    """Two narrow layers after attention and after the feed-forward part. Reference: arXiv 1902.00751."""

    peft: Literal["bottleneck"] = Field(description="The kind.")
    rank: int = Field(16, ge=1, le=4096, description="Width of the narrow layers.")


PEFT: tuple[type[Tuning], ...] = (
    LoraTuning,
    AdaloraTuning,
    Ia3Tuning,
    PrefixTuning,
    PromptTuning,
    BottleneckTuning,
)
KINDS = tuple(kind.type_name() for kind in PEFT)


def parse_tuning(value: Any) -> Any:
    """`none`, `head`, `full`, {top_layers: k} or {peft: kind, ...} as its class.

    Raises:
        ComponentError: it is none of these, or its fields do not hold.
    """
    if isinstance(value, Tuning) or (isinstance(value, str) and value in WORDS):
        return value
    if isinstance(value, dict) and "top_layers" in value:
        return _validated(TopLayersTuning, value)
    if isinstance(value, dict) and value.get("peft") in KINDS:
        return _validated(PEFT[KINDS.index(value["peft"])], value)
    if isinstance(value, dict) and "peft" in value:
        raise ComponentError(f"'{value['peft']}' is not a kind of peft. {near(str(value['peft']), KINDS)}")
    if isinstance(value, str) and value in KINDS:
        raise ComponentError(f"'{value}' is a kind of peft. Write it as {{peft: {value}}}.")
    choices = f"none, head, full, {{top_layers: 2}} or {{peft: {' | '.join(KINDS)}}}"
    raise ComponentError(f"{value!r} is not a way to tune. Choose {choices}.")


def _validated(kind: type[Tuning], value: dict[str, Any]) -> Tuning:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise ComponentError(f"{error.error_count()} faults", error, kind) from None


Tune = Annotated[
    Literal["none", "head", "full"]
    | TopLayersTuning
    | LoraTuning
    | AdaloraTuning
    | Ia3Tuning
    | PrefixTuning
    | PromptTuning
    | BottleneckTuning,
    BeforeValidator(parse_tuning),
]


class TunedConfig(EncoderConfig):
    """How a language model learns with the recommender; without tuning, the rest has no effect."""

    tune: Tune = Field(
        "none",
        description="What learns: none, head (attention over the last states), {top_layers: k}, full, or adapters as "
        "{peft: lora | adalora | ia3 | prefix | prompt | bottleneck}.",
    )
    learning_rate: float | None = Field(
        None, gt=0, le=1, description="Peak learning rate inside the language model; None: as suits what learns."
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Chance that training drops a state inside what learns.")
    whiten_dim: int = Field(64, ge=1, le=4096, description="Principal axes of the frozen vectors that the head reads.")
    chunk: int = Field(64, ge=1, le=65_536, description="Texts that are read at a time in training.")
    checkpointing: bool = Field(
        True, description="Compute a chunk again in the backward pass instead of keeping its states: less memory."
    )
    gradient_share: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of a batch's texts, drawn each time, that send gradients; less is quicker, noisier.",
    )

    @property
    def peak_rate(self) -> float | None:
        """The learning rate inside the language model; None where nothing there learns."""
        if self.tune in ("none", "head"):
            return None
        return self.learning_rate or _RATES[self.kind]

    @property
    def kind(self) -> str:
        """What learns, in one word."""
        if isinstance(self.tune, str):
            return self.tune
        return self.tune.type_name()


_RATES = {
    "top_layers": 1e-4,
    "full": 5e-5,
    "lora": 1e-3,
    "adalora": 2e-3,
    "ia3": 5e-3,
    "prefix": 5e-3,
    "prompt": 5e-3,
    "bottleneck": 1e-3,
}


def frozen_layers(tune: Tune, n_layers: int) -> int:
    """How many of the lower layers have nothing that learns, in them or under them.

    Raises:
        ValueError: more layers are to learn than there are.
    """
    if isinstance(tune, str):
        return {"none": n_layers, "head": n_layers, "full": 0}[tune]
    field = "top_layers" if isinstance(tune, TopLayersTuning) else "layers"
    wanted = getattr(tune, field, None)
    if wanted is not None and wanted > n_layers:
        raise ValueError(f"asks for {wanted} layers, and the model has {n_layers}.")
    return 0 if wanted is None else n_layers - wanted
