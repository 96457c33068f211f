"""One model with events, items and users as they are now: what the log of the store says is taken in, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from genre.pipeline.model import Model
from genre.serving._counters import Counters
from genre.serving._people import People
from genre.serving._pseudonyms import Pseudonyms
from genre.serving._scores import ScoreCache
from genre.serving._shelf import Placed, Shelf
from genre.serving.records import Change, Event, Record
from genre.serving.settings import ServiceSettings

AT_ONCE = 1_000
"""Items that are encoded together, before those after them."""
MOST_STRANGERS = 100_000
"""Events kept for items that nobody has put yet."""


@dataclass(eq=False)
class State:
    """What answers are made from; where items change, another state follows it.

    Attributes:
        faults: items that are kept and could not be taken in, with the reason, by id.
    """

    shelf: Shelf
    people: People
    counters: Counters
    scores: ScoreCache
    faults: Mapping[str, str] = field(default_factory=dict)


class Following:
    """The state of one model, and items that wait for their place in it, as encoding them takes its time.

    One thread at a time may change it; whoever answers takes `state` once and reads.

    Attributes:
        seq: the newest change that it knows of.
        waiting: by id, newest last.
        newest_event_at: seconds since 1970, of the newest event by its own time; 0 before the first.

    Args:
        clock: seconds since 1970.
    """

    def __init__(
        self, state: State, settings: ServiceSettings, pseudonyms: Pseudonyms, clock: Callable[[], float]
    ) -> None:
        self.state, self.seq, self.newest_event_at = state, 0, 0.0
        self.waiting: dict[str, Record] = {}
        self._settings, self._pseudonyms, self._clock = settings, pseudonyms, clock
        self._strangers: dict[str, list[tuple[float, float]]] = {}
        self._n_strangers, self._n_placing = 0, 0

    @property
    def n_waiting(self) -> int:
        """Items that were taken and are not in their places yet."""
        return len(self.waiting) + self._n_placing

    def take_in(self, changes: Sequence[Change]) -> None:
        """All of it counts from now on, but for items with columns, which wait to be placed."""
        gone = []
        for change in changes:
            content = change.content
            if isinstance(content, Event):
                self._count(content)
            elif isinstance(content, Record) and change.kind == "item":
                self.waiting.pop(content.id, None)
                self.waiting[content.id] = content
                gone += [content.id] if content.columns is None else []
            elif isinstance(content, Record):
                self._forget(content.id)
            elif change.kind == "erasure":
                self._erase(content)
        self.seq = changes[-1].seq if changes else self.seq
        if gone:
            self.state = replace(self.state, shelf=self.state.shelf.without(gone))

    def next_items(self) -> list[Record]:
        """Items to be placed next; they wait no longer."""
        ids = list(self.waiting)[:AT_ONCE]
        self._n_placing = len(ids)
        return [self.waiting.pop(id) for id in ids]

    def shelve(self, records: Sequence[Record], placed: Placed) -> None:
        """Answers list the items from now on, but for those that were deleted meanwhile."""
        old, at, self._n_placing = self.state, self._clock(), 0
        shelf = old.shelf.with_placed(records, placed, at)
        shelf = shelf.without([one.id for one in self.waiting.values() if one.columns is None])
        has_new = shelf.n_items > old.shelf.n_items
        people = old.people.without_strangers() if has_new else old.people
        told = {id: str(error) for id, error in placed.faults}
        known = {one.id for one in records}
        faults = {id: why for id, why in old.faults.items() if id not in known} | told
        self.state = State(shelf, people, old.counters.grown(shelf.n_items), old.scores.emptied(), faults)
        for record in records:
            for when, weight in self._strangers.pop(record.id, ()):
                self._n_strangers -= 1
                self._add(record.id, when, weight)

    def put_back(self, records: Sequence[Record]) -> None:
        """They wait again; those that changed meanwhile stay as they are now."""
        self._n_placing = 0
        self.waiting = {one.id: one for one in records} | self.waiting

    def _count(self, event: Event) -> None:
        self._forget(event.user_id)
        now = self._clock()
        self.newest_event_at = max(self.newest_event_at, min(event.at, now))
        weight = self._settings.event_weights.get(event.type, 1.0)
        if weight > 0:
            self._add(event.item_id, min(event.at, now), weight)

    def _add(self, item_id: str, at: float, weight: float) -> None:
        row = int(self.state.shelf.rows([item_id])[0])
        if row >= 0:
            self.state.counters.add(row, at, weight)
        elif self._n_strangers < MOST_STRANGERS:
            self._strangers.setdefault(item_id, []).append((at, weight))
            self._n_strangers += 1

    def _erase(self, pseudonym: str) -> None:
        self._pseudonyms.erased.add(pseudonym)
        for user_id in self.state.people.ids():
            if self._pseudonyms.of_user(user_id) == pseudonym:
                self._forget(user_id)

    def _forget(self, user_id: str) -> None:
        """Read the user again before the next answer."""
        self.state.people.forget(user_id)
        self.state.scores.forget(user_id)


def first_state(version: str, model: Model, people: People, settings: ServiceSettings) -> State:
    """As the bundle has it, before any change."""
    shelf = Shelf.of(version, model)
    counts = np.bincount(model.histories.item_rows, minlength=shelf.n_items)
    counters = Counters(counts, settings.half_life_days)
    return State(shelf, people, counters, ScoreCache(settings.kept_scores))
