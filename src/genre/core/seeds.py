"""One seed in the recipe, one independent stream per purpose."""

from __future__ import annotations

import hashlib
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Row = TypeVar("Row", bound=np.integer)


def derive(seed: int, *purpose: str | int) -> int:
    """A 32-bit seed for one purpose; equal arguments give equal seeds, on every machine.

    >>> derive(42, "bootstrap") == derive(42, "bootstrap") != derive(42, "training")
    True
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """A numpy generator for one purpose."""
    return np.random.default_rng(derive(seed, *purpose))


def some_of(rows: NDArray[Row], most: int, seed: int, *purpose: str | int) -> NDArray[Row]:
    """At most so many of the rows, in order; which of them, the purpose's stream says."""
    if len(rows) <= most:
        return rows
    return np.sort(generator(seed, *purpose).choice(rows, most, replace=False))
