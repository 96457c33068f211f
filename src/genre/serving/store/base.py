"""The contract of stores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

from genre.serving.records import Change, Event, Record, Side

Edit = Callable[[Record | None], Record | None]
"""What becomes of a record, or of none; None: nothing changes. It does not use the store, whose writers wait for it."""


class Store(ABC):
    """What one tenant's service must not lose: events, items, users, erasures, activations; and a log of them.

    Every method that writes is one transaction: when it returns, all of it is on disk; when it raises, none of it is
    there. Several processes may use one store at a time; whoever reads the log up to `head` has seen everything that
    was acknowledged before.
    """

    @property
    def away(self) -> tuple[str, ...]:
        """What the store does without at the moment, and answers all the same; empty: nothing."""
        return ()

    @abstractmethod
    def head(self) -> int:
        """The `seq` of the newest change, 0 before the first; quick enough to be asked before every answer."""

    @abstractmethod
    def changes(self, after: int, limit: int = 10_000) -> list[Change]:
        """The oldest changes with `seq` above `after`, in order.

        An item or user that changed several times comes once, as it is now, at its newest change.
        """

    @abstractmethod
    def add_events(self, events: Sequence[Event]) -> list[bool]:
        """Keep events; for each, whether it is new. Known ids, also twice in `events`, are left as they were."""

    @abstractmethod
    def events_of(self, user_id: str) -> list[Event]:
        """What a user did, oldest first; of one moment in the order that they came."""

    @abstractmethod
    def put(self, side: Side, records: Sequence[Record]) -> None:
        """Keep items or users as they are now, in place of what was known under their ids; of one id twice the last."""

    @abstractmethod
    def change(self, side: Side, id: str, edit: Edit) -> bool:
        """Keep what `edit` makes of an item or user, with no write of others in between; whether it made anything."""

    @abstractmethod
    def get(self, side: Side, ids: Sequence[str]) -> list[Record | None]:
        """Items or users as they are now, None for those that were never put."""

    @abstractmethod
    def all(self, side: Side) -> Iterator[Record]:
        """Every item or user that was put, deleted items among them, in no order of note.

        What others write meanwhile may or may not be there: ask for `head` first, and follow `changes` from it.
        """

    @abstractmethod
    def erase(self, user_id: str, pseudonym: str) -> int:
        """Remove all that was kept of a user, for good, and note the pseudonym; the number of rows that went.

        Changes that a reader has not read yet go too; all that it learns of them is the pseudonym.
        """

    @abstractmethod
    def erased(self) -> set[str]:
        """The pseudonyms of all users who were erased."""

    @abstractmethod
    def salt(self) -> bytes:
        """32 random bytes, drawn when the tenant came to be: the secret that pseudonyms are made with."""

    @abstractmethod
    def activate(self, version: str) -> None:
        """Note that a version of the model is the one to answer from now on."""

    @abstractmethod
    def activations(self) -> list[tuple[str, float]]:
        """Versions and when they were activated (seconds since 1970), newest first."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""
