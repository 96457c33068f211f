"""Writes a model as ONNX, offline, and checks that it says the same."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genre.core.artifacts import replacing
from genre.core.errors import DataError, Fault
from genre.core.progress import step
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text._loading import load_model

_INPUTS = ["input_ids", "attention_mask"]
_TOLERANCE = 1e-3


def export(checkpoint: Checkpoint, path: Path, precision: str) -> None:
    """Write the model to `path` in one step, float32 or int8.

    Raises:
        DataError: the model cannot be written as ONNX, or says something else there.
    """
    with step(f"Writing {checkpoint.name} as ONNX"), replacing(path) as temporary:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        plain = temporary.with_name("float32.onnx")
        module = _States(load_model(checkpoint, attention="eager")).eval()
        try:
            _trace(module, plain)
            difference = _difference(module, plain)
        except (RuntimeError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:160]
            raise _fault(checkpoint, f"cannot be written as ONNX: {reason}") from None
        if not difference < _TOLERANCE:
            raise _fault(checkpoint, f"says something else as ONNX (states differ by {difference:.2g}).")
        if precision == "int8":
            _quantise(plain, temporary)
        else:
            plain.replace(temporary)


class _States(nn.Module):
    """input_ids and attention_mask, both B x L -> token states B x L x D."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def _example(module: _States, rows: int, length: int) -> tuple[Tensor, Tensor]:
    """Random tokens, the last row half padding, so that the mask is not traced away."""
    chosen = np.random.default_rng(length).integers(1, module.model.config.vocab_size, (rows, length))
    mask = torch.ones((rows, length), dtype=torch.int64)
    mask[-1, length // 2 :] = 0
    return torch.from_numpy(chosen), mask


def _trace(module: _States, path: Path) -> None:
    axes = {name: {0: "rows", 1: "length"} for name in (*_INPUTS, "states")}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            _example(module, 2, 8),
            str(path),
            input_names=_INPUTS,
            output_names=["states"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def _difference(module: _States, path: Path) -> float:
    """Largest difference of token states here and there, on batches of other shapes than the traced one."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for rows, length in ((3, 5), (1, 12), (4, 33)):
        ids, mask = _example(module, rows, length)
        (there,) = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        with torch.no_grad():
            here = module(ids, mask).numpy()
        worst = max(worst, float(np.abs((here - there) * mask.numpy()[..., None]).max()))
    return worst


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = source.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared), str(target), op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8
    )


def _fault(checkpoint: Checkpoint, what: str) -> DataError:
    return DataError(Fault(f"model {checkpoint.name}", what, "Choose backend: torch."))
