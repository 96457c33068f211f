"""Whether the store can be asked; while it is away nobody waits for it."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeVar

from genre.core.errors import Fault, StoreError
from genre.serving.store.base import Store

T = TypeVar("T")
AGAIN_S = 0.25
"""How long to wait between two looks at a store that is away."""


class Reach:
    """Lets questions through to a store; after one that failed none, until a thread of its own has seen it answer.

    Args:
        store: what is asked whether it is there: for its newest change.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._since: float | None = None

    @property
    def away_s(self) -> float:
        """For how long the store has been away, 0 while it answers."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def is_away(self) -> bool:
        return self._since is not None

    def ask(self, question: Callable[[], T]) -> T:
        """What the store answers.

        Raises:
            StoreError: it does not, or did not a moment ago.
        """
        if self.is_away:
            raise StoreError(Fault("store", "is away.", "Ask again."))
        try:
            return question()
        except StoreError:
            self._lost()
            raise

    def _lost(self) -> None:
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        watch = threading.Thread(target=_look, args=(weakref.ref(self),), name="genre-store-watch", daemon=True)
        watch.start()

    def _is_back(self) -> bool:
        try:
            self._store.head()
        except StoreError:
            return False
        self._since = None
        return True


def _look(place: weakref.ref[Reach]) -> None:
    """Until the store answers, or nobody asks for it any more."""
    pause = threading.Event()
    while not pause.wait(AGAIN_S):
        reach = place()
        if reach is None or reach._is_back():
            return
        del reach
