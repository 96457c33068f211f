"""A request that may go on to its route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from genre.core.errors import Fault
from genre.serving.api.desk import Desk
from genre.serving.api.problems import Problem
from genre.serving.api.tenants import Tenant
from genre.serving.api.trace import Trace, trace_of
from genre.serving.service import Service
from genre.serving.store.access import ApiKey, Note

T = TypeVar("T")
KIB, MIB = 2**10, 2**20


class Json(Response):
    """An answer, sent as it is."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, default=str)  # decimals


class Call(Request):
    """A request with what its key opens."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self.desk: Desk = scope["app"].state.desk
        self.trace: Trace = trace_of(scope)
        self.owner: ApiKey | None = None

    @property
    def key(self) -> ApiKey:
        """The key that it came with."""
        assert self.owner is not None, "an open route has no key"
        return self.owner

    @property
    def tenant(self) -> Tenant:
        """Whose data it is about."""
        return self.desk.tenants[self.key.tenant]

    @property
    def service(self) -> Service:
        """What answers it."""
        return self.tenant.service

    def about(self, user_id: str | None) -> None:
        """Let the log know which user it is about."""
        self.trace.user = None if user_id is None else self.service.pseudonym(user_id)

    async def read(self, most: int) -> None:
        """Read the body, of at most so many bytes.

        Raises:
            Problem: 413, it is longer.
        """
        told = self.headers.get("content-length", "")
        if told.isdecimal() and int(told) > most:
            raise _too_large(most)
        parts, size = [], 0
        async for part in self.stream():
            size += len(part)
            if size > most:
                raise _too_large(most)
            parts.append(part)
        self._body = b"".join(parts)

    async def json(self) -> Any:
        """The body; a `json.JSONDecodeError` where it is none."""
        if not hasattr(self, "_json"):
            self._json = orjson.loads(await self.body())
        return self._json

    async def write(self, action: str, work: Callable[[], T], subject: str | None = None, **detail: Any) -> T:
        """Do what changes something in a thread, and note in the audit that it was done: both are kept, or none.

        Args:
            subject: what it is done to; of a user the pseudonym.
        """
        note = Note(self.desk.clock(), self.key.key_id, action, subject, detail)

        def done() -> T:
            with self.tenant.store.audit.noting(note):
                return work()

        return await to_thread.run_sync(done)


def _too_large(most: int) -> Problem:
    size = f"{most // MIB:,} MiB" if most >= MIB else f"{most // KIB:,} KiB"
    fault = Fault("body", f"is longer than {size}.", "Send it in parts.")
    return Problem(413, fault, headers={"connection": "close"})
