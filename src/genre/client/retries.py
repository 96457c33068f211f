"""Which calls are made again, and when."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

REFUSED = frozenset({429})
"""The service did nothing: every call may come again."""
PASSING = frozenset({429, 502, 503, 504})
"""It may have begun: only what does the same when it is done twice may come again."""


@dataclass(frozen=True)
class Retries:
    """Attributes:
    n_more: calls after the first; 0: never again.
    first_wait_s: at most this long before the second call, then twice as long each time; by chance, so that clients
        that were refused together do not come back together.
    longest_wait_s: a service that asks for more (Retry-After) is not waited for.
    """

    n_more: int = 3
    first_wait_s: float = 0.2
    longest_wait_s: float = 10.0

    def wait_s(self, n_tries: int, retry_after: str | None = None) -> float | None:
        """How long to wait after so many calls; None: no more.

        Args:
            retry_after: the header of that name: seconds, or a date of HTTP.
        """
        if n_tries > self.n_more:
            return None
        asked = None if retry_after is None else _seconds(retry_after)
        if asked is None:
            return random.uniform(0, min(self.longest_wait_s, self.first_wait_s * 2 ** (n_tries - 1)))  # noqa: S311
        return asked + random.uniform(0, self.first_wait_s) if asked <= self.longest_wait_s else None  # noqa: S311


def _seconds(retry_after: str) -> float | None:
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
