"""Adapters put into a language model: few new weights, the model's own stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genre.encoders.text._adalora import AdaloraBudget
from genre.encoders.text._tuning import AdaloraTuning, BottleneckTuning, Ia3Tuning, LoraTuning, Tuning


def put_adapters(model: Any, layers: Sequence[nn.Module], tuning: Tuning, dropout: float) -> AdaloraBudget | None:
    """Adapters into `layers` of the model, in place; gives what distributes ranks, in AdaLoRA.

    Raises:
        ValueError: this kind is not known for this family of models.
    """
    if isinstance(tuning, BottleneckTuning):
        for layer in layers:
            _narrow(layer, model.config.hidden_size, tuning.rank, dropout)
        return None
    config = _peft_config(tuning, model, layers, dropout)
    from peft import inject_adapter_in_model

    inject_adapter_in_model(config, model)
    return AdaloraBudget(model, config, tuning) if isinstance(tuning, AdaloraTuning) else None


def _peft_config(tuning: Tuning, model: Any, layers: Sequence[nn.Module], dropout: float) -> Any:
    from peft import AdaLoraConfig, IA3Config, LoraConfig
    from peft.utils import constants

    family = model.config.model_type
    if isinstance(tuning, LoraTuning):
        chosen = constants.TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING.get(family)
        names = _names(model, layers, chosen)
        return LoraConfig(r=tuning.rank, lora_alpha=tuning.alpha, lora_dropout=dropout, target_modules=names)
    if isinstance(tuning, AdaloraTuning):
        chosen = constants.TRANSFORMERS_MODELS_TO_ADALORA_TARGET_MODULES_MAPPING.get(family)
        return AdaLoraConfig(
            init_r=tuning.rank,
            target_r=tuning.target_rank,
            lora_alpha=tuning.alpha,
            lora_dropout=dropout,
            target_modules=_names(model, layers, chosen),
            total_step=1,
        )
    assert isinstance(tuning, Ia3Tuning)
    chosen = constants.TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING.get(family)
    inner = constants.TRANSFORMERS_MODELS_TO_IA3_FEEDFORWARD_MODULES_MAPPING.get(family)
    if chosen is None or inner is None:
        raise ValueError(f"ia3 is not known for models of the family {family}. Choose lora or bottleneck.")
    return IA3Config(target_modules=_names(model, layers, chosen), feedforward_modules=_names(model, layers, inner))


def _names(model: nn.Module, layers: Sequence[nn.Module], suffixes: Sequence[str] | None) -> list[str]:
    """Full names of the linear maps in `layers` whose names end so; None: all of them."""
    inside = {part for layer in layers for part in layer.modules() if _is_linear(part)}
    names = [name for name, part in model.named_modules() if part in inside]
    if suffixes is not None:
        names = [name for name in names if any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)]
    if not names:
        raise ValueError("finds no linear map to adapt in this model. Choose top_layers or full.")
    return names


def _narrow(layer: nn.Module, width: int, rank: int, dropout: float) -> None:
    """A bottleneck after the attention's and the feed-forward part's way back to the layer's width."""
    for owner, name in _outputs(layer, width):
        setattr(owner, name, Bottleneck(getattr(owner, name), width, rank, dropout))


def _outputs(layer: nn.Module, width: int) -> Iterator[tuple[nn.Module, str]]:
    """The last linear map to `width` in the first part that has any (attention), and in the whole layer."""
    parts = [_linear_maps(part, width) for part in layer.children()]
    attention = next((found for found in parts if found), [])
    everywhere = _linear_maps(layer, width)
    if not everywhere:
        raise ValueError("finds no linear map to adapt in this model. Choose top_layers or full.")
    if attention and getattr(*attention[-1]) is not getattr(*everywhere[-1]):
        yield attention[-1]
    yield everywhere[-1]


def _linear_maps(module: nn.Module, width: int) -> list[tuple[nn.Module, str]]:
    return [
        (owner, name)
        for owner in module.modules()
        for name, child in owner.named_children()
        if _is_linear(child) and _outgoing(child) == width
    ]


def _is_linear(module: nn.Module) -> bool:
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, (nn.Linear, Conv1D))


def _outgoing(module: Any) -> int:
    return int(module.out_features if isinstance(module, nn.Linear) else module.nf)


class Bottleneck(nn.Module):
    """A linear map, and two narrow layers with a shortcut behind it; they begin as the identity.

    Reference: Houlsby et al., arXiv 1902.00751.
    """

    def __init__(self, inner: nn.Module, width: int, rank: int, dropout: float) -> None:
        super().__init__()
        self.inner, self.down, self.up = inner, nn.Linear(width, rank), nn.Linear(rank, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.down.weight, std=0.02)
        nn.init.zeros_(self.down.bias)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, states: Tensor) -> Tensor:
        mapped: Tensor = self.inner(states)
        inside = self.dropout(torch.nn.functional.gelu(self.down(mapped)))
        return mapped + self.up(inside)
