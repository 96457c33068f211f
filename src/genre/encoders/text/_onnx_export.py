"""Writes a model as ONNX, offline, and checks that it says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genre.core.artifacts import replacing
from genre.core.cache_dir import cache_dir
from genre.core.errors import DataError, Fault
from genre.core.progress import step
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._layers import cut_above, layers_of
from genre.encoders.text._loading import load_model
from genre.encoders.text._pooling import pooled
from genre.nets.onnx_export import OUTPUT, difference, write

INPUTS = ("input_ids", "attention_mask")
_FORMAT = 4
"""Raised when the same model begins to be written differently."""
_TOLERANCE = 1e-3
_SHAPES = ((3, 5), (1, 12), (4, 33))


def onnx_file(checkpoint: Checkpoint, pooling: str, precision: str, layers: int | None = None) -> Path:
    """The model as ONNX in the cache, written where it is not there yet.

    Args:
        pooling: how token states become a vector.
        precision: float32; int8, all matrix products; or mixed, word vectors and those products in int8 that bear it.
        layers: how many of the lowest layers are kept, None for all.

    Raises:
        DataError: the model cannot be written as ONNX, says something else there, or has fewer layers.
    """
    kept = "" if layers is None else f"-{layers}"
    name = f"{checkpoint.label}-{precision}{kept}-{pooling}-{checkpoint.digest[:24]}-{_FORMAT}.onnx"
    path = cache_dir() / "onnx" / name
    if not path.exists():
        _export(checkpoint, path, pooling, precision, layers)
    return path


def _export(checkpoint: Checkpoint, path: Path, pooling: str, precision: str, layers: int | None) -> None:
    """Write the model to `path` in one step."""
    with step(f"Writing {checkpoint.name} as ONNX"), replacing(path) as temporary:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        plain = temporary.with_name("float32.onnx")
        network = _Pooled(_cut(checkpoint, layers), pooling).eval()
        axes = {name: {0: "rows", 1: "length"} for name in INPUTS} | {OUTPUT: {0: "rows"}}
        try:
            write(network, INPUTS, _example(network, 2, 8), axes, plain)
            worst = difference(network, INPUTS, plain, [_example(network, *shape) for shape in _SHAPES])
        except (RuntimeError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:160]
            raise _fault(checkpoint, f"cannot be written as ONNX: {reason}") from None
        if not worst < _TOLERANCE:
            raise _fault(checkpoint, f"says something else as ONNX (vectors differ by {worst:.2g}).")
        if precision == "float32":
            plain.replace(temporary)
        else:
            _quantise(plain, temporary, is_mixed=precision == "mixed")


def _cut(checkpoint: Checkpoint, layers: int | None) -> Any:
    """The model with its lowest layers."""
    model = load_model(checkpoint, attention="eager")
    if layers is None:
        return model
    n_layers = len(layers_of(model))
    if layers > n_layers:
        what = f"has {n_layers} layers, not {layers}."
        raise DataError(Fault(f"model {checkpoint.name}", what, f"Keep 1 to {n_layers}."))
    cut_above(model, layers)
    return model


class _Pooled(nn.Module):
    """input_ids and attention_mask, both B x L -> vectors B x D, not normalised."""

    def __init__(self, model: Any, pooling: str) -> None:
        super().__init__()
        self.model, self.pooling = model, pooling

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return pooled(states, attention_mask, self.pooling)


def _example(network: _Pooled, rows: int, length: int) -> tuple[Tensor, Tensor]:
    """Random tokens, the last row half padding, so that the mask is not traced away."""
    chosen = np.random.default_rng(length).integers(1, network.model.config.vocab_size, (rows, length))
    mask = torch.ones((rows, length), dtype=torch.int64)
    mask[-1, length // 2 :] = 0
    return torch.from_numpy(chosen), mask


def _quantise(source: Path, target: Path, is_mixed: bool) -> None:
    """Matrix products in int8; mixed: the table of word vectors, more than half of a small model, too."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = source.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared),
        str(target),
        op_types_to_quantize=["MatMul", "Gather"] if is_mixed else ["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=_delicate(prepared) if is_mixed else [],
    )


def _delicate(path: Path) -> list[str]:
    """Products that stay in float32: those with wide inputs and narrow outputs (the second of each feed-forward pair)
    in the lower half of the layers. Few large inputs set their scale, and what is lost there goes through all layers
    above: in MiniLM they make two fifths of the distance from the float32 vectors.
    """
    import onnx

    graph = onnx.load(str(path)).graph
    shapes = {one.name: tuple(one.dims) for one in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMul" and len(shapes.get(node.input[1], ())) == 2]
    narrowing = [node.name for node in products if shapes[node.input[1]][0] > shapes[node.input[1]][1]]
    return narrowing[: (len(narrowing) + 1) // 2]


def _fault(checkpoint: Checkpoint, what: str) -> DataError:
    return DataError(Fault(f"model {checkpoint.name}", what, "Choose backend: torch."))
