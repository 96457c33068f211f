"""The client: all calls of the API, with a key."""

from __future__ import annotations

from typing import Self

from genre.client.address import authorization, checked_url
from genre.client.events import Events
from genre.client.health import Health
from genre.client.items import Items
from genre.client.keys import KeyRing
from genre.client.lists import Lists
from genre.client.models import Versions
from genre.client.retries import Retries
from genre.client.users import Users
from genre.core.errors import MissingExtraError


class Client(Lists, Events, Items, Users, Versions, KeyRing, Health):
    """A service over HTTP; safe to use from several threads, so one for a whole process will do.

    Args:
        url: http://HOST:PORT, with a path where the service lies below one.
        key: gk_...; None: what the environment has as GENRE_KEY. Without one only health and document are open.
        timeout_s: for an answer.
        slow_timeout_s: for what may take long: batches and activations.

    Raises:
        RequestError: url or key cannot be one.
        MissingExtraError: without httpx2.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout_s: float = 10.0,
        slow_timeout_s: float = 300.0,
        retries: Retries | None = None,
    ) -> None:
        try:
            from genre.client.wire import Wire
        except ModuleNotFoundError as error:
            raise MissingExtraError(error.name or "httpx2", "client", "the client") from None
        self._url = checked_url(url)
        headers = {"user-agent": "genre-client", "accept": "application/json", **authorization(key)}
        self._wire = Wire(self._url, headers, (timeout_s, slow_timeout_s), retries or Retries())

    def close(self) -> None:
        """Let the connections go."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._url!r})"
