"""Trained vectors on disk, so that no graph is learned twice with the same settings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from genre.core.artifacts import replacing
from genre.core.cache_dir import cache_dir

_NAME = "vectors"


def kept(key: str, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """What `make` gave for this key, now or earlier.

    Files appear whole or not at all, so that two processes, or one that is killed, leave nothing half written; both
    of two processes that start at once make the vectors, and the later file, which is equal, stays.

    Raises:
        DataError: the cache folder cannot be written.
    """
    path = cache_dir() / "knowledge_graphs" / f"{key}.safetensors"
    try:
        return load_file(path)[_NAME]
    except (FileNotFoundError, SafetensorError, KeyError):
        pass
    vectors = make()
    with replacing(path) as temporary:
        save_file({_NAME: vectors}, temporary)
    return vectors
