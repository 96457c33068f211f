"""Networks in ONNX, run without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from genre.core.errors import MissingExtraError


def session(network: bytes | Path, needed_by: str) -> Any:
    """An onnxruntime session on the processor, one thread a call: callers run calls side by side.

    Memory that a call took is given back after it, so that one long batch does not swell a service for good.

    Raises:
        MissingExtraError: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("onnxruntime", "onnx", needed_by) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    source = str(network) if isinstance(network, Path) else network
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
