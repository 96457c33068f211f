"""Users as they are now: what the bundle knows of them, and the events that came since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genre.pipeline.model import Model
from genre.serving._posting import known_profile
from genre.serving.records import Event
from genre.serving.settings import ServiceSettings
from genre.values import Histories
from genre.values.vocabulary import UNKNOWN

NOTHING: NDArray[np.int32] = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Person:
    """What lists for one user are made from.

    Attributes:
        rows: int32 [T], items touched, oldest first, each once at its newest time.
        hidden: int32 [H], items that the user does not want to see.
        user_row: in the model, -1 for a user whom it does not know.
        profile: columns of the table of users as they are now, None: none were posted.
        has_strangers: whether there are events with items that the catalogue does not have, or not yet.
        is_whole: whether the store was there to say what came since the model was fitted.
    """

    rows: NDArray[np.int32]
    hidden: NDArray[np.int32] = field(default_factory=lambda: NOTHING)
    user_row: int = UNKNOWN
    profile: Mapping[str, object] | None = None
    has_strangers: bool = False
    is_whole: bool = True

    def history(self, n_items: int) -> Histories:
        """As recommenders take it: B = 1."""
        offsets = np.array([0, len(self.rows)], dtype=np.int64)
        return Histories(self.rows, offsets, n_items, user_rows=np.array([self.user_row], dtype=np.int32))


class People:
    """Keeps the users who came last; the others are read again when they come back.

    Args:
        events_of: all events of a user, oldest first.
        profile_of: what was posted of a user, or None.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        events_of: Callable[[str], Sequence[Event]],
        profile_of: Callable[[str], Mapping[str, object] | None],
    ) -> None:
        self._settings, self._events_of, self._profile_of = settings, events_of, profile_of
        self._kept: OrderedDict[str, Person] = OrderedDict()

    def kept(self, user_id: str) -> Person | None:
        """The user as of now, if in memory; any thread may ask."""
        with suppress(KeyError):  # another thread may forget the user in between
            self._kept.move_to_end(user_id)
        return self._kept.get(user_id)

    def read(self, user_id: str, model: Model, is_erased: bool) -> Person:
        """The user as of now, in memory from now on; while nothing is forgotten, or what came since would be missed."""
        found = self._kept[user_id] = self._read(user_id, model, is_erased)
        while len(self._kept) > self._settings.kept_users:
            self._kept.popitem(last=False)
        return found

    def without_events(self, user_id: str, model: Model, is_erased: bool) -> Person:
        """The user as the model knows it, for once; nothing is kept in memory."""
        row = UNKNOWN if is_erased else int(model.catalog.user_vocabulary.rows([user_id])[0])
        rows = NOTHING if row == UNKNOWN else _newest(model.histories[row])
        return Person(rows, user_row=row, is_whole=False)

    def forget(self, user_id: str) -> None:
        """Read this user again before the next answer."""
        self._kept.pop(user_id, None)

    def without_strangers(self) -> People:
        """For new items: users who touched them before they were there are read again."""
        found = copy(self)
        found._kept = OrderedDict((id, person) for id, person in list(self._kept.items()) if not person.has_strangers)
        return found

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._kept

    def ids(self) -> list[str]:
        """Users in memory."""
        return list(self._kept)

    def _read(self, user_id: str, model: Model, is_erased: bool) -> Person:
        user_row = UNKNOWN if is_erased else int(model.catalog.user_vocabulary.rows([user_id])[0])
        before = NOTHING if user_row == UNKNOWN else model.histories[user_row]
        events = self._events_of(user_id)
        rows = model.catalog.item_vocabulary.rows([event.item_id for event in events])
        weights = self._settings.event_weights
        told = [row for row, event in zip(rows, events, strict=True) if weights.get(event.type, 1.0) > 0]
        hiding = [row for row, event in zip(rows, events, strict=True) if event.type in self._settings.hiding_events]
        touched = np.array([*before, *told], dtype=np.int32)
        hidden = np.array(hiding, dtype=np.int32)
        return Person(
            _newest(touched[touched != UNKNOWN]),
            hidden[hidden != UNKNOWN],
            user_row,
            known_profile(model, user_row, self._profile_of(user_id)),
            bool((rows == UNKNOWN).any()),
        )


def _newest(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each item once, where it stands last."""
    _, first = np.unique(rows[::-1], return_index=True)
    kept: NDArray[np.int32] = rows[np.sort(len(rows) - 1 - first)]
    return kept
