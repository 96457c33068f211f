"""What the onnx and int8 backends need installed."""

from __future__ import annotations

import importlib.util

from genre.core.errors import Fault, MissingExtraError

NEEDED = ("onnx", "onnxruntime")
NEEDED_BY = "transformer with backend onnx or int8"


def missing_packages() -> tuple[Fault, ...]:
    """A fault for each package that is not installed."""
    lacking = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return tuple(fault for name in lacking for fault in MissingExtraError(name, "onnx", NEEDED_BY).faults)
