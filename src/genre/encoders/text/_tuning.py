"""What of a language model goes on learning with the recommender, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from genre.core.errors import near
from genre.core.slot import ComponentError
from genre.encoders._tuned_config import TopLayers, TunedConfig, Way, parse_way, validated


class Tuning(Way):
    """Base of the ways to tune that leave the lower layers alone, or may."""

    cache: bool = Field(
        True, description="Keep the states that enter the learning layers on disk; False computes them in each batch."
    )


class TopLayersTuning(Tuning, TopLayers):
    """The uppermost layers learn whole."""


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
    if isinstance(value, dict) and "top_layers" not in value and "peft" in value:
        if value["peft"] in KINDS:
            return validated(PEFT[KINDS.index(value["peft"])], value)
        raise ComponentError(f"'{value['peft']}' is not a kind of peft. {near(str(value['peft']), KINDS)}")
    if isinstance(value, str) and value in KINDS:
        raise ComponentError(f"'{value}' is a kind of peft. Write it as {{peft: {value}}}.")
    choices = f"none, head, full, {{top_layers: 2}} or {{peft: {' | '.join(KINDS)}}}"
    return parse_way(value, TopLayersTuning, choices)


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


class TunedTextConfig(TunedConfig):
    """How a language model learns with the recommender; without tuning, the rest has no effect."""

    rates: ClassVar[Mapping[str, float]] = {
        **TunedConfig.rates,
        "lora": 1e-3,
        "adalora": 2e-3,
        "ia3": 5e-3,
        "prefix": 5e-3,
        "prompt": 5e-3,
        "bottleneck": 1e-3,
    }

    tune: Tune = Field(
        "none",
        description="What learns: none, head (attention over the last states), {top_layers: k}, full, or adapters as "
        "{peft: lora | adalora | ia3 | prefix | prompt | bottleneck}.",
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Chance that training drops a state inside what learns.")
