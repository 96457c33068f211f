"""Before everything below /dashboard, pages, files and sockets alike: nobody passes without a session."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genre.core.errors import Fault, StoreError
from genre.serving.api.desk import Desk
from genre.serving.api.problems import Problem
from genre.serving.api.trace import trace_of
from genre.serving.dashboard.browsers import Nonces, is_own
from genre.serving.dashboard.house import House
from genre.serving.dashboard.login import COOKIE, THEME, THEMES, Login
from genre.serving.dashboard.rooms import ROOMS
from genre.serving.dashboard.visit import PLACE, SCOPE, Visit, good_key

ROUTE = "/dashboard"
"""What logs and metrics call every request here: ids in paths stay out of them."""
SOCKET = "/_nicegui_ws"
"""Sockets say which page opens them; the polling that could stand in for them does not."""
REFUSED = 1008
OPEN = frozenset({"/login", "/assets/dashboard.css", "/assets/icon.svg"})
"""All that is there for those who are not logged in."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """Lets visits through to the pages.

    Args:
        pages: NiceGUI's application.
    """

    scope = SCOPE

    def __init__(self, desk: Desk, house: House, pages: ASGIApp) -> None:
        self._desk, self._house = desk, house
        self._login = Login(desk, house)
        self._outside = Router(self._login.routes())
        self._inside = Router([Route(path, enter, methods=[method]) for method, path, enter in ROOMS])
        self._inside.default = Nonces(pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises:
        Problem: 401 or 403, for what is no page.
        """
        if scope["type"] not in ("http", "websocket"):
            return
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            await self._connect(scope, headers, receive, send)
            return
        trace = trace_of(scope)
        trace.route = f"{scope['method'] if scope['method'] in SAFE | {'POST'} else '?'} {ROUTE}"
        if scope["method"] not in SAFE and not is_own(headers):
            fault = Fault("origin", "is not this service's.", "A proxy before it must pass the header Host on.")
            raise Problem(403, fault)
        if _path(scope) in OPEN:
            await self._outside(scope, receive, send)
            return
        visit = await self._visit(scope, headers)
        if visit is None:
            await self._refuse(scope, headers, receive, send)
            return
        if _path(scope).startswith(SOCKET):
            raise Problem(403, Fault("path", "opens to websockets alone.", "A proxy before it must let them through."))
        trace.tenant, trace.key_id = visit.session.tenant, visit.session.key_id
        scope[PLACE] = visit
        await self._inside(scope, receive, send)

    async def _refuse(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET" or "text/html" not in headers.get("accept", ""):
            raise Problem(401, Fault("cookie", "holds no session that is open.", f"Log in at {ROUTE}/login."))
        await RedirectResponse(f"{scope['root_path']}/login", 303, {"cache-control": "no-store"})(scope, receive, send)

    async def _connect(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        try:
            visit = await self._visit(scope, headers) if is_own(headers) else None
        except StoreError:
            visit = None
        if visit is None:
            await receive()
            await send({"type": "websocket.close", "code": REFUSED})
            return
        scope[PLACE] = visit
        socket = _Socket(visit, receive, send)
        await self._inside.default(scope, socket.receive, socket.send)

    async def _visit(self, scope: Scope, headers: Headers) -> Visit | None:
        cookies = _cookies(headers)
        session = self._house.sessions.read(cookies.get(COOKIE, ""))
        key = None if session is None else await good_key(self._desk, session)
        if session is None or key is None:
            return None
        theme = cookies.get(THEME, "")
        return Visit(self._desk, self._house, session, key, scope["root_path"], theme if theme in THEMES else "")


class _Socket:
    """Closes a socket once its session is over: what comes after that is heard by nobody."""

    def __init__(self, visit: Visit, receive: Receive, send: Send) -> None:
        self._visit, self._receive, self._send = visit, receive, send
        self._is_closed = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive" and not await self._is_open():
            await self._send({"type": "websocket.close", "code": REFUSED})
            self._is_closed = True
            return {"type": "websocket.disconnect", "code": REFUSED}
        return message

    async def send(self, message: Message) -> None:
        if not self._is_closed:
            await self._send(message)

    async def _is_open(self) -> bool:
        try:
            return await self._visit.is_open()
        except StoreError:
            return False


def _path(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope["root_path"])
    return path


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}
