"""A language model made ready to learn: what is frozen, what is added, where cached states enter."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from genre.encoders._tuned_config import frozen_layers
from genre.encoders.text._adalora import AdaloraBudget
from genre.encoders.text._adapters import put_adapters
from genre.encoders.text._layers import Entrance, cut_below, layers_of, overhearing, set_dropout
from genre.encoders.text._tuning import (
    PrefixTuning,
    PromptTuning,
    TopLayersTuning,
    TunedTextConfig,
    Tuning,
)
from genre.encoders.text._virtual import Prefix, Prompt

TOLERANCE = 1e-3
"""How far states through a divided model may be from those of the whole one, as a share of their size."""


class LanguageModel(nn.Module):
    """Token ids B x L, mask B x L and, if the lower layers are cut off, what leaves them -> last states B x L x D.

    Args:
        model: transformers' model, changed in place.
        config: what learns.
        is_cut: whether the layers without anything that learns are left out, their states coming from outside.

    Raises:
        ValueError: this model cannot be tuned so; says why and what to choose.
    """

    def __init__(self, model: Any, config: TunedTextConfig, is_cut: bool) -> None:
        super().__init__()
        model.requires_grad_(False)
        model.config.use_cache = False
        if getattr(model, "pooler", None) is not None:
            model.pooler = None
        set_dropout(model, 0.0)
        layers = layers_of(model)
        n_lower = frozen_layers(config.tune, len(layers))
        sample = _sample(model, n_lower) if is_cut else None
        self.model = model
        self.prompt: Prompt | None = None
        self.prefix: Prefix | None = None
        self.budget: AdaloraBudget | None = None
        self._prepare(config, n_lower)
        if is_cut:
            cut_below(model, n_lower)
        self._entrance = Entrance(layers_of(model)[0]) if is_cut else None
        if sample is not None:
            self._check(*sample)

    def forward(self, ids: Tensor, mask: Tensor, states: Tensor | None = None) -> Tensor:
        named: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        if self.prompt is not None:
            words, longer = self.prompt(self.model.get_input_embeddings()(ids), mask)
            named = {"inputs_embeds": words, "attention_mask": longer}
        elif self.prefix is not None:
            past, wide = self.prefix(mask)
            named |= {"past_key_values": past, "attention_mask": wide}
        last = self._last(named, states)
        return last if self.prompt is None else last[:, -ids.shape[1] :]

    def _last(self, named: dict[str, Any], states: Tensor | None) -> Tensor:
        if self._entrance is None or states is None:
            found: Tensor = self.model(**named).last_hidden_state
            return found
        with self._entrance.open(states):
            entered: Tensor = self.model(**named).last_hidden_state
            return entered

    def _prepare(self, config: TunedTextConfig, n_lower: int) -> None:
        """Set what learns, and add what is added."""
        tune, model = config.tune, self.model
        layers = list(layers_of(model))[n_lower:]
        family = model.config.model_type
        if tune == "full":
            model.requires_grad_(True)
            set_dropout(model, config.dropout)
        elif isinstance(tune, TopLayersTuning):
            for layer in layers:
                layer.requires_grad_(True)
                set_dropout(layer, config.dropout)
        elif isinstance(tune, PromptTuning):
            self.prompt = Prompt(model, tune.n_tokens)
        elif isinstance(tune, PrefixTuning):
            try:
                self.prefix = Prefix(model, layers, tune.n_tokens)
            except TypeError:
                what = f"prefix does not work with models of the family {family}: their attention takes no past."
                raise ValueError(f"{what} Choose lora, prompt or bottleneck.") from None
        elif isinstance(tune, Tuning):
            self.budget = put_adapters(model, layers, tune, config.dropout)

    @torch.no_grad()
    def _check(self, ids: Tensor, mask: Tensor, entering: Tensor, expected: Tensor) -> None:
        """Upper layers on cached states say what the whole model says (adapters begin as the identity)."""
        prefix, self.prefix = self.prefix, None
        found = self.eval()(ids, mask, entering)
        self.prefix = prefix
        if not torch.allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * float(expected.abs().max())):
            family = self.model.config.model_type
            raise ValueError(f"models of the family {family} cannot be divided. Choose cache: false or full.")


@torch.no_grad()
def states_at(model: Any, n_lower: int, ids: Tensor, mask: Tensor) -> Tensor:
    """What leaves the `n_lower` lowest layers of a frozen model, B x L x D; with all of them, the last states."""
    layers = layers_of(model)
    if n_lower == len(layers):
        last: Tensor = model(input_ids=ids, attention_mask=mask).last_hidden_state
        return last
    with overhearing(layers[n_lower]) as heard:
        model(input_ids=ids, attention_mask=mask)
    return heard[0]


def _sample(model: Any, n_lower: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Two texts of random words, one padded: ids, mask, what enters the layers above, and the last states."""
    numbers = torch.arange(1, 15).view(2, 7) % len(model.get_input_embeddings().weight)
    mask = torch.ones_like(numbers)
    mask[1, 5:] = 0
    model.eval()
    entering = states_at(model, n_lower, numbers, mask)
    return numbers, mask, entering, states_at(model, len(layers_of(model)), numbers, mask)
