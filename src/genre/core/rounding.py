"""Tables of vectors in fewer bits: a row per item or user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Precision = Literal["float32", "float16", "int8"]
SCALE = "scale"
"""After the name of a table in int8 and a dot: what each row is multiplied with, float32 [N, 1]."""


def rounded(name: str, table: NDArray[Any], precision: Precision) -> dict[str, NDArray[Any]]:
    """A float32 table N x D as arrays by name; int8 has a scale of its own for every row.

    What float16 cannot hold stays in float32.
    """
    if precision == "int8":
        scale = np.abs(table).max(axis=1, keepdims=True, initial=0.0).astype(np.float32) / np.float32(127)
        steps = np.rint(table / np.where(scale > 0, scale, np.float32(1)))
        return {name: steps.astype(np.int8), f"{name}.{SCALE}": scale}
    if precision == "float16" and np.abs(table).max(initial=0.0) <= np.finfo(np.float16).max:
        return {name: table.astype(np.float16)}
    return {name: table}


def restored(name: str, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """The table that `rounded` gave these arrays of: float32 N x D."""
    table = arrays[name].astype(np.float32)
    return table * arrays[f"{name}.{SCALE}"] if arrays[name].dtype == np.int8 else table
