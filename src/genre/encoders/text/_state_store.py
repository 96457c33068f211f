"""States inside a language model on disk: computed once for a whole catalogue, then memory-mapped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre.core.artifacts import replacing
from genre.core.cache_dir import cache_dir

_FORMAT = 1
"""Raised when the same settings begin to give other states."""

Parts = Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]]
"""(rows of the array [R], their states R x D)."""


def states_path(model: str, label: str, layer: int, max_length: int, texts: Sequence[str]) -> Path:
    """The file for these texts in this order, by the content of everything that decides the states.

    Args:
        model: digest of the model's files.
        layer: how many layers the states have passed.
    """
    total = hashlib.sha256(f"{_FORMAT}|{model}|{layer}|{max_length}|{len(texts)}".encode())
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        total.update(len(data).to_bytes(8, "little") + data)
    return cache_dir() / "states" / f"{label}-layer{layer}-{total.hexdigest()[:24]}.npy"


def stored_states(path: Path, shape: tuple[int, int], compute: Callable[[], Parts]) -> NDArray[Any]:
    """States [T, D] of the file `path`, memory-mapped; computed and written first where it is missing or broken.

    In half precision, or in single where a value is too large for that. Written under another name and renamed: two
    processes may do this at once, and whoever is killed meanwhile leaves no half file behind.
    """
    known = _opened(path, shape)
    if known is not None:
        return known
    with replacing(path) as temporary:
        if not _written(temporary, shape, np.float16, compute()):
            _written(temporary, shape, np.float32, compute())
    found = _opened(path, shape)
    assert found is not None
    return found


def states_in_memory(shape: tuple[int, int], compute: Callable[[], Parts]) -> NDArray[Any]:
    """The same without a file, for a handful of new texts."""
    states = np.empty(shape, dtype=np.float32)
    for rows, values in compute():
        states[rows] = values
    fits = bool((np.abs(states) < np.finfo(np.float16).max).all())
    return states.astype(np.float16) if fits else states


def _opened(path: Path, shape: tuple[int, int]) -> NDArray[Any] | None:
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape else None


def _written(path: Path, shape: tuple[int, int], dtype: type[np.floating], compute: Parts) -> bool:
    """Whether all states fit into `dtype`; stops at the first that does not."""
    file = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    largest = np.finfo(dtype).max
    for rows, values in compute:
        if np.abs(values).max(initial=0.0) > largest:
            return False
        file[rows] = values
    file.flush()
    return True
