"""Where genre ingest brings events: a store, or a service over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from genre.core.errors import Fault, RecipeError, RequestError, StoreError

if TYPE_CHECKING:
    from genre.client.client import Client
    from genre.serving.records import Event
    from genre.serving.stream.intake import Sink

UNREADABLE = (400, 413, 422)
"""Statuses of a batch that would be refused again, however often it is sent."""


class ServiceSink:
    """A service that may be anywhere.

    Args:
        client: with a key that may post events.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def head(self) -> int:
        """Whether it is there.

        Raises:
            StoreError: it is away.
        """
        if not self._client.is_ready():
            raise StoreError(Fault("service", "is not ready.", "Look at its log."))
        return 0

    def add_events(self, events: Sequence[Event]) -> list[bool]:
        """Send all of them at once; which of them are new is not told, only how many.

        Raises:
            RequestError: some are refused.
            StoreError: it is away, or the key may not.
        """
        from genre.client.questions import Event as Told

        told = [Told(**vars(event)) for event in events]
        taken = self._asked(lambda: self._client.send_events(told, batch=len(told)))
        return [True] * taken.new + [False] * taken.known

    def _asked(self, question):  # type: ignore[no-untyped-def]
        from genre.client.errors import ApiError

        try:
            return question()
        except ApiError as error:
            raise (RequestError if error.status in UNREADABLE else StoreError)(error.faults) from None


@contextmanager
def opened_sink(target: str, tenant: str, redis: str | None = None) -> Iterator[Sink]:
    """The store or the service at an address.

    Args:
        tenant: of a store.
        redis: where replicas of the store's service may listen.

    Raises:
        StoreError: a store is out of reach.
        RequestError: the address of a service, or the key in GENRE_KEY, cannot be one.
        MissingExtraError: a package is not installed.
    """
    if target.startswith(("http://", "https://")):
        from genre.client.client import Client

        with Client(target) as client:
            yield ServiceSink(client)
        return
    from genre.serving.store.open import open_store

    store = open_store(target, tenant)
    try:
        if redis is None:
            yield store
        else:
            from genre.serving._redis import RedisServer
            from genre.serving.store.shared import SharedStore

            yield SharedStore(store, RedisServer(redis))
    finally:
        store.close()


def address(text: str, what: str) -> str:
    """What was written on the command line: a path, an address without a password, or env:NAME of one.

    Raises:
        RecipeError: it holds a password, which everybody on the machine could read, or the variable is not set.
    """
    from genre.serving.server.settings import holds_password

    if text.startswith("env:"):
        name = text.removeprefix("env:")
        if not (found := os.environ.get(name)):
            raise RecipeError(Fault(what, f"the environment variable {name} is not set.", f"export {name}=..."))
        return found
    if holds_password(text):
        mend = f"Put the address in the environment, say as PLACE, and write env:PLACE as {what}."
        raise RecipeError(Fault(what, "a password never stands in a command: others see it.", mend))
    return text
