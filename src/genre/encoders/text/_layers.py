"""The layers of any transformers model: found, cut off below, entered from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


def layers_of(model: nn.Module) -> nn.ModuleList:
    """The model's stack of layers: the list of modules that holds the most weights (encoder.layer, layers, h ...).

    Raises:
        LookupError: the model is built otherwise.
    """
    owner, name = _place_of_layers(model)
    layers: nn.ModuleList = getattr(owner, name)
    return layers


def cut_below(model: Any, n_lower: int) -> None:
    """Take the `n_lower` lowest layers out of the model, and out of its config what speaks of them."""
    owner, name = _place_of_layers(model)
    kept = getattr(owner, name)[n_lower:]
    setattr(owner, name, kept)
    model.config.num_hidden_layers = len(kept)
    types = getattr(model.config, "layer_types", None)
    if types is not None:
        model.config.layer_types = list(types)[n_lower:]


def cut_above(model: Any, n_kept: int) -> None:
    """Keep the `n_kept` lowest layers of the model only, also in its config."""
    owner, name = _place_of_layers(model)
    setattr(owner, name, getattr(owner, name)[:n_kept])
    model.config.num_hidden_layers = n_kept
    types = getattr(model.config, "layer_types", None)
    if types is not None:
        model.config.layer_types = list(types)[:n_kept]


class Entrance:
    """Lets states into a layer in place of those that come from below.

    Everything around the layers (masks, positions) is still computed by the model itself, from the tokens.
    """

    def __init__(self, layer: nn.Module) -> None:
        self._states: Tensor | None = None
        layer.register_forward_pre_hook(self._enter, with_kwargs=True)

    @contextmanager
    def open(self, states: Tensor) -> Iterator[None]:
        """Inside this block the layer reads `states`, B x L x D."""
        self._states = states
        try:
            yield
        finally:
            self._states = None

    def _enter(self, _: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict]:
        if self._states is None:
            return args, named
        before = args[0] if args else named["hidden_states"]
        states = self._states.to(before.dtype)
        return ((states, *args[1:]), named) if args else (args, {**named, "hidden_states": states})


@contextmanager
def overhearing(layer: nn.Module) -> Iterator[list[Tensor]]:
    """The states that enter a layer inside this block, one entry per call."""
    heard: list[Tensor] = []

    def listen(_: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        heard.append(args[0] if args else named["hidden_states"])

    handle = layer.register_forward_pre_hook(listen, with_kwargs=True)
    try:
        yield heard
    finally:
        handle.remove()


def set_dropout(module: nn.Module, chance: float) -> None:
    """The chance of dropout everywhere inside, also where attention keeps it as a number of its own."""
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = chance
        if isinstance(getattr(part, "attention_dropout", None), float):
            part.attention_dropout = chance  # type: ignore[assignment]


def _place_of_layers(model: nn.Module) -> tuple[nn.Module, str]:
    found = [
        (sum(weight.numel() for weight in child.parameters()), owner, name)
        for owner in model.modules()
        for name, child in owner.named_children()
        if isinstance(child, nn.ModuleList)
    ]
    if not found:
        raise LookupError("has no stack of layers")
    _, owner, name = max(found, key=lambda each: each[0])
    return owner, name
