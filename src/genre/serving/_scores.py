"""Scores of users who ask again before anything of them changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genre.serving._people import Person

MIB = 2**20


@dataclass(frozen=True, eq=False)
class Kept:
    """Attributes:
    person: the user as the scores were made.
    scores: float32 [N], None where the model says nothing of the user.
    """

    person: Person
    scores: NDArray[np.float32] | None


class ScoreCache:
    """At most so many MiB of scores, those asked for last; any thread may ask and tell."""

    def __init__(self, mib: int) -> None:
        self._room = mib * MIB
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, user_id: str, person: Person) -> Kept | None:
        """What is kept of a user who is still the same; None: nothing."""
        with self._lock:
            found = self._kept.get(user_id)
            if found is None or found.person is not person:
                return None
            self._kept.move_to_end(user_id)
            return found

    def keep(self, user_id: str, person: Person, scores: NDArray[np.float32] | None) -> Kept:
        """Keep it as long as there is room."""
        with self._lock:
            self._drop(user_id)
            found = self._kept[user_id] = Kept(person, scores)
            self._bytes += _size(found)
            while self._bytes > self._room and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
            return found

    def forget(self, user_id: str) -> None:
        """The user changed."""
        with self._lock:
            self._drop(user_id)

    def emptied(self) -> ScoreCache:
        """For other items: as much room, and nothing in it."""
        return ScoreCache(self._room // MIB)

    def _drop(self, user_id: str) -> None:
        found = self._kept.pop(user_id, None)
        if found is not None:
            self._bytes -= _size(found)


def _size(kept: Kept) -> int:
    return 64 + (0 if kept.scores is None else kept.scores.nbytes)
