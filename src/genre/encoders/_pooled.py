"""One vector of what a pretrained vision or sound model gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from genre.encoders.text._checkpoint import Checkpoint

if TYPE_CHECKING:
    from torch import Tensor, nn

Pooling = Literal["auto", "mean", "cls"]


def pooled(outputs: Any, pooling: Pooling, has_pooler: bool) -> Tensor:
    """B x D of a model's outputs, whose states are B x L x D or B x D x H x W.

    auto: what the model's own pooler gives where it was trained, else the mean. cls: the first state.
    """
    pooler = getattr(outputs, "pooler_output", None)
    if pooling == "auto" and has_pooler and pooler is not None:
        return pooler.flatten(1)
    states: Tensor = outputs.last_hidden_state
    if states.ndim == 4:
        return states.mean(dim=(2, 3))
    return states[:, 0] if pooling == "cls" else states.mean(dim=1)


def has_trained_pooler(model: nn.Module, checkpoint: Checkpoint) -> bool:
    """Whether the weights of the model's pooler, if it has any, are in the files: others would be random."""
    from safetensors import safe_open

    wanted = {_from_pooler(name) for name, _ in model.named_parameters() if "pooler." in name}
    found: set[str] = set()
    for path in checkpoint.folder.glob("model*.safetensors"):
        with safe_open(path, framework="pt") as file:
            found |= {_from_pooler(name) for name in file.keys() if "pooler." in name}  # noqa: SIM118
    return wanted <= found


def _from_pooler(name: str) -> str:
    return name[name.rindex("pooler.") :]
