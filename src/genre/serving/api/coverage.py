"""How much of the catalogue lists have shown lately."""

from __future__ import annotations

import hashlib
import math
import zlib
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genre.serving.answers import Listed

WINDOW_MIN = 60
"""Minutes that lately means, besides the one that has begun."""
LEAST, ROOM = 2**16, 8
"""Places at least, and for each item of the start."""
GOLDEN = np.uint32(2_654_435_769)
"""2**32 over the golden ratio: Knuth, The Art of Computer Programming, volume 3, section 6.4."""
MOST_LISTS = 5_000
"""Lists that wait to be counted; of more, the oldest are not."""


class Coverage:
    """The minute in which each item was last listed, by a digest of its id: fixed memory, one array for all workers.

    Two items may share a place. From how full the places are follows how many items there were (linear counting),
    within about one per cent.

    Reference: Whang et al., A Linear-Time Probabilistic Counting Algorithm for Database Applications, 1990.

    Args:
        n_items: at the start.
        folder: where workers of one service meet; None: there is one.
    """

    def __init__(self, tenant: str, n_items: int, folder: Path | None = None) -> None:
        n_places = 2 ** math.ceil(math.log2(max(LEAST, ROOM * n_items)))
        self._minutes = np.zeros(n_places, np.uint32) if folder is None else _shared(folder, tenant, n_places)
        self._waiting: deque[tuple[Listed, ...]] = deque(maxlen=MOST_LISTS)

    def listed(self, items: tuple[Listed, ...]) -> None:
        """Remember a list, to be counted when `share` is asked for next: this is on the way of every answer."""
        self._waiting.append(items)

    def share(self, n_items: int, now: float) -> float:
        """Of the items that may be listed, those that were; an item that was deleted since still counts.

        Args:
            now: seconds since 1970.
        """
        minute = int(now / 60)
        while self._waiting:
            self._minutes[self._places(self._waiting.popleft())] = minute
        n_full = int((self._minutes >= max(minute - WINDOW_MIN, 1)).sum())
        n_free = max(len(self._minutes) - n_full, 1)
        return min(1.0, len(self._minutes) * math.log(len(self._minutes) / n_free) / max(n_items, 1))

    def _places(self, items: tuple[Listed, ...]) -> NDArray[np.uint32]:
        """CRC-32 alone is too regular for ids that are numbers; the high bits of a product are not."""
        digests = np.array([zlib.crc32(one.item_id.encode()) for one in items], dtype=np.uint32)
        return (digests * GOLDEN) >> np.uint32(33 - len(self._minutes).bit_length())


def _shared(folder: Path, tenant: str, n_places: int) -> NDArray[np.uint32]:
    """The array of a tenant in a file, as large as the first worker made it."""
    file = folder / f"coverage-{hashlib.sha256(tenant.encode()).hexdigest()[:16]}.bin"
    with file.open("ab") as made:
        if not made.tell():
            made.truncate(4 * n_places)
    return np.memmap(file, np.uint32, "r+")
