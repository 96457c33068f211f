"""When each user last changed, as far as the log was read here."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence


class Followed:
    """The newest change of every user, for as many as fit; safe to use from several threads.

    Args:
        most: users that are remembered; of the others it is known that they have not changed since the last of those
            who were forgotten.

    Attributes:
        upto: all changes up to this one were read.
    """

    def __init__(self, most: int = 100_000) -> None:
        self.upto = 0
        self._most, self._before = most, 0
        self._newest: dict[str, int] = {}  # in the order of the log
        self._lock = threading.Lock()

    def note(self, after: int, last: int, changed: Iterable[tuple[str, int]]) -> None:
        """Take in a part of the log.

        Args:
            after, last: all changes above `after` and up to `last` were read.
            changed: names of users among them and their changes, in order.
        """
        with self._lock:
            if after > self.upto:  # what lies between was never read: anybody may have changed
                self._newest.clear()
                self._before = self.upto = after
            for name, seq in changed:
                if seq > self.upto:
                    self._newest.pop(name, None)
                    self._newest[name] = seq
            self.upto = max(self.upto, last)
            while len(self._newest) > self._most:
                oldest = next(iter(self._newest))
                self._before = self._newest.pop(oldest)

    def is_whole(self, names: Sequence[str], seq: int, head: int) -> bool:
        """Whether what was read at `seq` of a user, who has these names, holds all there is up to `head`."""
        with self._lock:
            return seq <= head <= self.upto and self._last(names) <= seq

    def is_newest(self, names: Sequence[str], seq: int) -> bool:
        """Whether nothing that was read of the log came after `seq`, whatever was written since."""
        with self._lock:
            return self._last(names) <= seq

    def _last(self, names: Sequence[str]) -> int:
        return max(self._newest.get(name, self._before) for name in names)
