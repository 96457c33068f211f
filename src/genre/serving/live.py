"""What answers are made from, kept up with the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from genre.core.errors import StoreError
from genre.pipeline.model import Model
from genre.serving._following import Following, State, first_state
from genre.serving._people import People, Person
from genre.serving._pseudonyms import Pseudonyms
from genre.serving._reach import Reach
from genre.serving._taste import try_out
from genre.serving.settings import ServiceSettings
from genre.serving.store.base import Store

BATCH = 10_000
"""Changes read at a time."""
AGAIN_S = 5.0
"""When encoding items broke off, such as for want of memory, it is tried again after this long."""


class Live:
    """The state of the moment; several threads may read, one at a time brings it up to date.

    Nobody who reads waits for items to be encoded, nor for a store that is away: until it is back, answers come
    from what was known before.

    Args:
        clock: seconds since 1970.
    """

    def __init__(
        self, model: Model, version: str, store: Store, settings: ServiceSettings, clock: Callable[[], float]
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._reach = Reach(store)
        self.pseudonyms = Pseudonyms.of(store)
        self._lock = threading.RLock()  # for what is quick
        self._placing, self._replacing = threading.Lock(), threading.Lock()
        self._placer: threading.Thread | None = None
        self._not_before = 0.0
        self.following = self._caught_up(model, version)

    @property
    def state(self) -> State:
        """As of the last look at the store."""
        return self.following.state

    @property
    def away(self) -> tuple[str, ...]:
        """What cannot be asked at the moment."""
        return ("store", *self._store.away) if self._reach.is_away else self._store.away

    @property
    def away_s(self) -> float:
        """For how long the store has been away, 0 while it answers."""
        return self._reach.away_s

    def now(self) -> State:
        """The state with all that was acknowledged so far, here and in other processes; items that another process
        took are listed a moment later."""
        self._look()
        if self.following.waiting and time.monotonic() >= self._not_before:
            self._place_aside()
        return self.state

    def settle(self) -> State:
        """As `now`, with all items in their places."""
        self._look()
        self._place()
        return self.state

    def replace(self, model: Model, version: str) -> None:
        """Go on with another model, once it knows all that came since it was fitted."""
        with self._replacing:
            fresh = self._caught_up(model, version)
            with self._lock:
                self._read_on(fresh)
                self.following = fresh
        self.settle()

    def person(self, state: State, user_id: str) -> Person:
        """A user as of now; while the store is away as the model knows the user."""
        found = state.people.kept(user_id)
        if found is None:
            with self._lock:  # an event that comes while the user is read makes it be read again
                is_erased = self.pseudonyms.of_user(user_id) in self.pseudonyms.erased
                try:
                    found = self._reach.ask(lambda: state.people.read(user_id, state.shelf.model, is_erased))
                except StoreError:
                    found = state.people.without_events(user_id, state.shelf.model, is_erased)
        return found

    def _look(self) -> None:
        with suppress(StoreError):
            if self._reach.ask(self._store.head) != self.following.seq:
                with self._lock:
                    self._reach.ask(lambda: self._read_on(self.following))

    def _caught_up(self, model: Model, version: str) -> Following:
        """Another model with all that the store holds, items in their places."""
        if self._settings.index is not None:
            model = model.indexed(self._settings.index)
        people = People(self._settings, self._store.events_of, self._columns_of)
        first = first_state(version, model, people, self._settings)
        fresh = Following(first, self._settings, self.pseudonyms, self._clock)
        self._read_on(fresh)
        while records := fresh.next_items():
            fresh.shelve(records, fresh.state.shelf.placed(records))
        try_out(fresh.state.shelf)
        return fresh

    def _read_on(self, following: Following) -> None:
        while changes := self._store.changes(following.seq, BATCH):
            following.take_in(changes)

    def _place_aside(self) -> None:
        """Place items in a thread of its own, unless one is at it."""
        with self._lock:
            if self._placer is None or not self._placer.is_alive():
                self._placer = threading.Thread(target=self._place, name="genre-placing", daemon=True)
                self._placer.start()

    def _place(self) -> None:
        with self._placing:
            while True:
                with self._lock:
                    following = self.following
                    records, shelf = following.next_items(), following.state.shelf
                if not records:
                    return
                is_done = False
                try:
                    placed = shelf.placed(records)
                    with self._lock:  # what went on with another model meanwhile has read them itself
                        following.shelve(records, placed)
                    is_done = True
                finally:
                    if not is_done:
                        with self._lock:
                            following.put_back(records)
                            self._not_before = time.monotonic() + AGAIN_S

    def _columns_of(self, user_id: str) -> Mapping[str, object] | None:
        (record,) = self._store.get("users", [user_id])
        return None if record is None else record.columns
