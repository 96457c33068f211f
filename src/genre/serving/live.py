"""What answers are made from, kept up with the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genre.pipeline.model import Model
from genre.serving._counters import Counters
from genre.serving._people import People, Person
from genre.serving._pseudonyms import Pseudonyms
from genre.serving._scores import ScoreCache
from genre.serving._shelf import Shelf
from genre.serving.records import Change, Event, Record
from genre.serving.settings import ServiceSettings
from genre.serving.store.base import Store

BATCH = 10_000
"""Changes read at a time."""


@dataclass(eq=False)
class State:
    """One model with items and users as they are now; where items change, another state follows it.

    Attributes:
        seq: the newest change that it knows of.
        faults: items that are kept and could not be taken in, with the reason, by id.
    """

    shelf: Shelf
    people: People
    counters: Counters
    scores: ScoreCache
    seq: int = 0
    faults: dict[str, str] = field(default_factory=dict)


class Live:
    """The state of the moment; several threads may read, one at a time brings it up to date.

    Args:
        clock: seconds since 1970.
    """

    def __init__(
        self, model: Model, version: str, store: Store, settings: ServiceSettings, clock: Callable[[], float]
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._lock = threading.RLock()
        self.pseudonyms = Pseudonyms.of(store)
        self.state = self._begin(model, version)
        self.now()

    def now(self) -> State:
        """The state with all that was acknowledged so far, here and in other processes."""
        state = self.state
        if self._store.head() == state.seq:
            return state
        with self._lock:
            self.state = self._catch_up(self.state)
            return self.state

    def replace(self, model: Model, version: str) -> None:
        """Go on with another model, once it knows all that came since it was fitted."""
        fresh = self._catch_up(self._begin(model, version))
        with self._lock:
            self.state = self._catch_up(fresh)

    def person(self, state: State, user_id: str) -> Person:
        """A user as of now."""
        found = state.people.kept(user_id)
        if found is None:
            with self._lock:  # an event that comes while the user is read makes it be read again
                is_erased = self.pseudonyms.of_user(user_id) in self.pseudonyms.erased
                found = state.people.read(user_id, state.shelf.model, is_erased)
        return found

    def _begin(self, model: Model, version: str) -> State:
        shelf = Shelf.of(version, model)
        counts = np.bincount(model.histories.item_rows, minlength=shelf.n_items)
        people = People(self._settings, self._store.events_of, self._columns_of)
        counters = Counters(counts, self._settings.half_life_days)
        return State(shelf, people, counters, ScoreCache(self._settings.kept_scores))

    def _columns_of(self, user_id: str) -> Mapping[str, object] | None:
        (record,) = self._store.get("users", [user_id])
        return None if record is None else record.columns

    def _catch_up(self, state: State) -> State:
        while changes := self._store.changes(state.seq, BATCH):
            state = self._take_in(state, changes)
            state.seq = changes[-1].seq
        return state

    def _take_in(self, state: State, changes: Sequence[Change]) -> State:
        items = [one.content for one in changes if one.kind == "item" and isinstance(one.content, Record)]
        if items:
            state = self._shelve(state, items)
        for change in changes:
            content = change.content
            if isinstance(content, Event):
                self._count(state, content)
            elif isinstance(content, Record) and change.kind == "user":
                _forget(state, content.id)
            elif isinstance(content, str) and change.kind == "erasure":
                self._erase(state, content)
        return state

    def _shelve(self, state: State, items: Sequence[Record]) -> State:
        """A state with the items, beside the one that others may be answering from."""
        shelf, faults = state.shelf.with_records(items, self._clock())
        told = {id: str(error) for id, error in faults}
        people = state.people.without_strangers() if shelf.n_items > state.shelf.n_items else state.people
        counters = state.counters.grown(shelf.n_items)
        return State(shelf, people, counters, state.scores.emptied(), state.seq, {**state.faults, **told})

    def _count(self, state: State, event: Event) -> None:
        _forget(state, event.user_id)
        row = int(state.shelf.rows([event.item_id])[0])
        weight = self._settings.event_weights.get(event.type, 1.0)
        if row >= 0 and weight > 0:
            state.counters.add(row, min(event.at, self._clock()), weight)

    def _erase(self, state: State, pseudonym: str) -> None:
        self.pseudonyms.erased.add(pseudonym)
        for user_id in state.people.ids():
            if self.pseudonyms.of_user(user_id) == pseudonym:
                _forget(state, user_id)


def _forget(state: State, user_id: str) -> None:
    """Read the user again before the next answer."""
    state.people.forget(user_id)
    state.scores.forget(user_id)
