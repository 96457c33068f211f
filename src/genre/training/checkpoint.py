"""What an interrupted run needs to go on: one file of tensors and JSON, replaced whole after every epoch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from genre.core.artifacts import replacing
from genre.core.places import cannot_write
from genre.values.curve import Curve

FILE = "training.safetensors"


@dataclass
class Run:
    """The state of a run between two epochs.

    Attributes:
        step: optimiser steps taken.
        seconds: spent on training and judging.
        best: the best validation value so far, None before the first.
        waited: judgings since then.
        best_weights: parameters at the best value, by name; empty before it.
    """

    curve: Curve = field(default_factory=Curve)
    step: int = 0
    seconds: float = 0.0
    best: float | None = None
    waited: int = 0
    is_over: bool = False
    best_weights: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """Where a run is kept and by what it is recognised.

    Attributes:
        fingerprint: of everything that decides how the run goes; another one starts anew.
    """

    folder: Path
    fingerprint: str

    def save(self, run: Run, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write the run in one step: whoever is killed meanwhile leaves the previous epoch behind."""
        tensors = {f"network.{name}": tensor.detach() for name, tensor in trainable(network)}
        tensors |= {f"best.{name}": tensor for name, tensor in run.best_weights.items()}
        for place, values in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{place}.{name}": tensor for name, tensor in values.items()}
        document = {
            "fingerprint": self.fingerprint,
            "curve": run.curve.to_dict(),
            "step": run.step,
            "seconds": run.seconds,
            "best": run.best,
            "waited": run.waited,
            "is_over": run.is_over,
        }
        with replacing(self.folder / FILE) as temporary:
            kept = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
            try:
                save_file(kept, temporary, metadata={"run": json.dumps(document)})
            except SafetensorError as error:
                raise cannot_write(self.folder / FILE, OSError(str(error))) from None

    def load(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> Run:
        """The kept run, with network and optimiser as they were; a fresh one where none of this fingerprint is kept."""
        if not (self.folder / FILE).exists():
            return Run()
        try:
            with safe_open(self.folder / FILE, framework="pt") as file:
                document = json.loads((file.metadata() or {}).get("run", "{}"))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except SafetensorError:
            return Run()
        if document.get("fingerprint") != self.fingerprint:
            return Run()
        load_weights(network, _under("network.", tensors))
        _load_optimizer(optimizer, _under("optimizer.", tensors))
        curve, best = Curve.of(document["curve"]), document["best"]
        weights = _under("best.", tensors)
        return Run(
            curve,
            document["step"],
            document.get("seconds", 0.0),
            best,
            document["waited"],
            document["is_over"],
            weights,
        )


def trainable(network: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """The parameters that learn, by name; what is frozen need not be kept."""
    return ((name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad)


@torch.no_grad()
def load_weights(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Copy trainable parameters by name."""
    for name, parameter in trainable(network):
        parameter.copy_(weights[name])


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    document = optimizer.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        place, _, word = name.partition(".")
        state.setdefault(int(place), {})[word] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": document["param_groups"]})
