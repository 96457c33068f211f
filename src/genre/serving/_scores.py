"""Scores of users who ask again before anything of them changed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIB = 2**20


@dataclass(frozen=True, eq=False)
class Kept:
    """Attributes:
    scores: float32 [N], None where the model says nothing of the user.
    """

    scores: NDArray[np.float32] | None


class ScoreCache:
    """At most so many MiB of scores, those asked for last."""

    def __init__(self, mib: int) -> None:
        self._room = mib * MIB
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, user_id: str) -> Kept | None:
        """What is kept of a user; None: nothing."""
        found = self._kept.get(user_id)
        if found is not None:
            self._kept.move_to_end(user_id)
        return found

    def keep(self, user_id: str, scores: NDArray[np.float32] | None) -> Kept:
        """Keep it as long as there is room."""
        self.forget(user_id)
        found = self._kept[user_id] = Kept(scores)
        self._bytes += _size(found)
        while self._bytes > self._room and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return found

    def forget(self, user_id: str) -> None:
        """The user changed."""
        found = self._kept.pop(user_id, None)
        if found is not None:
            self._bytes -= _size(found)

    def forget_all(self) -> None:
        """The items changed."""
        self._kept.clear()
        self._bytes = 0


def _size(kept: Kept) -> int:
    return 64 + (0 if kept.scores is None else kept.scores.nbytes)
