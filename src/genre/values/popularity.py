"""Items by how often training touched them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POPULARITY_NAMES = ("cold", "tail", "middle", "head")


def popularity_classes(popularity: NDArray[np.int64]) -> NDArray[np.int8]:
    """Which of `POPULARITY_NAMES` each item is in: int8 [N].

    The head is the most popular items that together hold a third of the training interactions, the tail the least
    popular that hold another third; equally popular items are in one class.
    """
    falling = np.sort(popularity)[::-1]
    before = np.cumsum(falling) - falling
    classes = np.ones(len(popularity), dtype=np.int8)
    for name, share in ((2, 2 / 3), (3, 1 / 3)):
        inside = falling[before < share * falling.sum()]
        if len(inside):
            classes[popularity >= inside[-1]] = name
    classes[popularity == 0] = 0
    return classes
