"""How often an address may try keys that are wrong."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

MINUTE_S = 60.0
MOST_ADDRESSES = 10_000


class Tries:
    """Wrong keys of the last minute by address; of very many addresses those that tried last.

    Args:
        ticks: seconds.
    """

    def __init__(self, per_minute: int, ticks: Callable[[], float]) -> None:
        self._most, self._ticks = per_minute, ticks
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Seconds until the address may try again, 0: now."""
        now = self._ticks()
        recent = [at for at in self._failed.get(address, ()) if now - at < MINUTE_S]
        return math.ceil(recent[-self._most] + MINUTE_S - now) if len(recent) >= self._most else 0

    def failed(self, address: str) -> None:
        """Count a wrong key."""
        now = self._ticks()
        recent = [at for at in self._failed.pop(address, ()) if now - at < MINUTE_S]
        self._failed[address] = [*recent, now]
        while len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)
