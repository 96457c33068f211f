"""Takes the events of one tenant from a Redis stream, as one of a group of consumers."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from genre.core.errors import RequestError, StoreError
from genre.serving._redis import client, place_of, words
from genre.serving.records import Event
from genre.serving.stream.entries import Entry
from genre.serving.stream.group import BLOCK_S, Group
from genre.serving.stream.intake import Batch, Sink, take
from genre.serving.stream.lag import Lag
from genre.serving.stream.settings import StreamSettings

LOOK_S, ANSWER_S = 1.0, 5.0
"""Between two looks at the lag and at entries of dead consumers; how long Redis may take to answer."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
FEW = 3
"""Entries that were given more often are taken one by one."""
BROKE_OFF = "its consumer broke off each time that it was read."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """What a consumer has done so far.

    Attributes:
        n_new, n_known: events that were kept, and that had been kept before.
        n_refused: entries that are no events.
        n_claimed: entries that another consumer had left.
        n_lost: entries that were trimmed from the stream before they were done.
        lag: of the whole group, when it was last asked.
        away: why nothing is taken at the moment; empty: nothing is in the way.
    """

    n_new: int = 0
    n_known: int = 0
    n_refused: int = 0
    n_claimed: int = 0
    n_lost: int = 0
    lag: Lag = field(default_factory=Lag)
    away: str = ""


class Consumer:
    """Takes entries in batches: keeps the events, and then says that all of it is done.

    Redis gives an entry again until it is told that it is done, and an event that comes again under its id is known:
    so each is kept once, whenever the process, Redis or the store goes. An entry that is no event keeps nobody waiting.

    Args:
        store: of the tenant.
        url: of Redis.
        stream: key of the tenant's stream.

    Attributes:
        progress: may be read by any thread.
        on_taken: told of each batch.

    Raises:
        StoreError: the address cannot be read.
        MissingExtraError: redis is not installed.
    """

    def __init__(self, store: Sink, url: str, stream: str, settings: StreamSettings | None = None) -> None:
        self._store, self._settings, self._where = store, settings or StreamSettings(), f"{place_of(url)} {stream}"
        self._redis = client(url, BLOCK_S + ANSWER_S)
        self._group = Group(self._redis, stream, self._settings)
        self._looked, self._is_quiet = 0.0, False
        self.progress = Progress()
        self.on_taken: Callable[[Batch], None] = lambda batch: None

    def run(self, stop: threading.Event, until_idle: bool = False) -> Progress:
        """Take entries until told to stop; while Redis or the store is away, try again and again.

        Args:
            until_idle: stop when the whole group is done with all there is.
        """
        from redis.exceptions import RedisError

        pause = FIRST_PAUSE_S
        while not stop.is_set():
            try:
                self._begin()
                pause = FIRST_PAUSE_S
                while not stop.is_set() and not (until_idle and self._is_idle()):
                    self._turn()
                break
            except (RedisError, OSError) as error:
                self._is_away(words(error))
            except StoreError as error:
                self._is_away(str(error))
            stop.wait(pause * (0.5 + secrets.randbelow(1000) / 1000))
            pause = min(2 * pause, LONGEST_PAUSE_S)
        with suppress(RedisError, OSError):
            self._group.leave()
        self._redis.close()
        return self.progress

    def _begin(self) -> None:
        """Join the group, and finish what this consumer was given before something broke off."""
        self._store.head()  # while the store is away, entries are not asked for again and again
        self._group.join()
        while own := self._group.own():
            self._take_again(own)
        self._look()
        if self.progress.away:
            log.info("%s: events are taken again", self._where)
            self.progress = replace(self.progress, away="")

    def _turn(self) -> None:
        entries = self._group.new()
        self._is_quiet = not entries
        self._take(entries)
        if time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            if left := self._group.claim():
                self.progress = replace(self.progress, n_claimed=self.progress.n_claimed + len(left))
                self._take_again(left)
            self._look()

    def _take_again(self, entries: Sequence[Entry]) -> None:
        """Take entries that a consumer was given before and did not finish.

        Those that were given often are taken one by one. Only the first of them can be to blame, for all before it
        are done; it is given up in the end, and the others get another chance.
        """
        times = self._group.deliveries(entries)
        often = [entry for entry in entries if times.get(entry.id, 0) > FEW]
        if often and times[often[0].id] > self._settings.deliveries:
            self._finish(often[:1], {often[0].id: BROKE_OFF})
            often = often[1:]
        for entry in often:
            self._take([entry])
        self._take([entry for entry in entries if times.get(entry.id, 0) <= FEW])

    def _take(self, entries: Sequence[Entry]) -> None:
        events: list[Event] = []
        sources: list[Entry] = []
        reasons: dict[str, str] = {}
        for entry in entries:
            try:
                if entry.fields:  # else it was trimmed meanwhile
                    events.append(entry.to_event())
                    sources.append(entry)
            except RequestError as error:
                reasons[entry.id] = "; ".join(map(str, error.faults))
        outcome = take(self._store, events)
        so_far = self.progress
        self.progress = replace(so_far, n_new=so_far.n_new + outcome.n_new, n_known=so_far.n_known + outcome.n_known)
        reasons |= {sources[place].id: reason for place, reason in outcome.refused}
        self._finish(entries, reasons)
        if entries:
            times, began_at = tuple(event.at for event in events), min(entry.at for entry in entries)
            self.on_taken(Batch(outcome.n_new, outcome.n_known, len(reasons), began_at, times))

    def _finish(self, entries: Sequence[Entry], reasons: dict[str, str]) -> None:
        if not entries:
            return
        self._group.finish(entries, reasons)
        if reasons:
            id, reason = next(iter(reasons.items()))
            log.warning("%s: %d entries are no events, such as %s: %s", self._where, len(reasons), id, reason)
        n_lost = sum(not entry.fields for entry in entries)
        so_far = self.progress
        self.progress = replace(so_far, n_refused=so_far.n_refused + len(reasons), n_lost=so_far.n_lost + n_lost)

    def _look(self) -> None:
        self.progress = replace(self.progress, lag=self._group.lag())

    def _is_idle(self) -> bool:
        if self._is_quiet:
            self._look()
        return self._is_quiet and not self.progress.lag.n_waiting and not self.progress.lag.n_pending

    def _is_away(self, why: str) -> None:
        if not self.progress.away:
            log.warning("%s: no events are taken: %s", self._where, why)
        self.progress = replace(self.progress, away=why)
