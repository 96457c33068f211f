"""Networks of torch written as ONNX, and held against what they were."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genre.core.errors import MissingExtraError
from genre.nets.onnx_session import session

OPSET = 17
OUTPUT = "answer"
Axes = Mapping[str, Mapping[int, str]]


def write(network: nn.Module, inputs: Sequence[str], example: tuple[Tensor, ...], axes: Axes, to: Path) -> None:
    """Write a network with one output to the file `to`.

    Args:
        inputs: names of what it reads, in order.
        example: of it; shapes may change along `axes` (by input, or `OUTPUT`).

    Raises:
        MissingExtraError: onnx is not installed.
        RuntimeError, ValueError, TypeError: it does what ONNX cannot say.
    """
    _require_onnx()
    with torch.no_grad(), warnings.catch_warnings(), _more_operations():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(to),
            input_names=list(inputs),
            output_names=[OUTPUT],
            dynamic_axes={name: dict(dims) for name, dims in axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )


def written(network: nn.Module, inputs: Sequence[str], example: tuple[Tensor, ...], axes: Axes) -> bytes:
    """As `write`, in memory."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write(network, inputs, example, axes, Path(folder) / "network.onnx")
        return (Path(folder) / "network.onnx").read_bytes()


def difference(
    network: nn.Module, inputs: Sequence[str], content: bytes | Path, examples: Iterable[tuple[Tensor, ...]]
) -> float:
    """The largest difference between what a network and its ONNX form say of some examples."""
    there, worst = session(content, "export"), 0.0
    for example in examples:
        given = dict(zip(inputs, (tensor.numpy() for tensor in example), strict=True))
        (found,) = there.run(None, given)
        with torch.no_grad():
            here = network(*example).numpy()
        worst = max(worst, float(np.abs(here - found).max()) if np.isfinite(found).all() else np.inf)
    return worst


@contextmanager
def _more_operations() -> Iterator[None]:
    """Operations that ONNX has under other names."""
    torch.onnx.utils.register_custom_op_symbolic("aten::logcumsumexp", _log_cumulative_sum, OPSET)
    try:
        yield
    finally:
        torch.onnx.utils.unregister_custom_op_symbolic("aten::logcumsumexp", OPSET)


def _log_cumulative_sum(graph: Any, values: Any, axis: Any) -> Any:
    """Along the last axis, measured against the largest value."""
    largest = graph.op("ReduceMax", values, axes_i=[-1], keepdims_i=1)
    last = graph.op("Constant", value_t=torch.tensor(-1))
    sums = graph.op("CumSum", graph.op("Exp", graph.op("Sub", values, largest)), last)
    return graph.op("Add", graph.op("Log", sums), largest)


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise MissingExtraError("onnx", "onnx", "export") from None
