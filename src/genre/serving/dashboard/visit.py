"""Somebody who is logged in, and what the session opens: one tenant's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from anyio import to_thread
from starlette.requests import Request

from genre.serving.api.desk import Desk
from genre.serving.api.tenants import Tenant
from genre.serving.dashboard.house import House
from genre.serving.dashboard.sessions import Session
from genre.serving.service import Service
from genre.serving.store.access import ApiKey, Note

T = TypeVar("T")
PLACE = "genre.visit"
SCOPE = "admin"
"""A key needs it to open the dashboard."""


@dataclass(frozen=True, eq=False)
class Visit:
    """One request of a session, and the page that it opened for as long as that is open.

    Attributes:
        root: path below which the dashboard is reached.
        theme: light, dark, or empty: as the browser has it.
    """

    desk: Desk
    house: House
    session: Session
    key: ApiKey
    root: str
    theme: str = ""

    @property
    def tenant(self) -> Tenant:
        """Whose data is shown."""
        return self.desk.tenants[self.session.tenant]

    @property
    def service(self) -> Service:
        """What answers."""
        return self.tenant.service

    async def is_open(self) -> bool:
        """Whether the session still lasts and its key is still good."""
        return self.house.sessions.is_open(self.session) and await good_key(self.desk, self.session) is not None

    def at(self, *parts: str, **query: object) -> str:
        """The address of a page; parts are escaped, empty words of the query left out."""
        path = "/".join([self.root, *(quote(part, safe="") for part in parts)])
        asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        return f"{path if parts else path + '/'}{'?' + asked if asked else ''}"

    async def write(self, action: str, work: Callable[[], T], subject: str | None = None, **detail: Any) -> T:
        """Do what changes something in a thread, and note in the audit that it was done from the dashboard."""
        note = Note(self.desk.clock(), self.key.key_id, action, subject, {**detail, "by": "dashboard"})

        def done() -> T:
            with self.tenant.store.audit.noting(note):
                return work()

        return await to_thread.run_sync(done)


async def good_key(desk: Desk, session: Session) -> ApiKey | None:
    """The key of a session, if it still opens the dashboard.

    Raises:
        StoreError: keys could not be read for too long.
    """
    key = await desk.ring.good(session.key_id)
    if key is None or SCOPE not in key.scopes or key.tenant not in desk.tenants:
        return None
    return key


def visit_of(request: Request) -> Visit:
    """Who asks for a page."""
    found: Visit = request.scope[PLACE]
    return found
