"""Logging in with an admin key: a plain page without scripts, for nobody is let in before."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from genre.serving.api.desk import Desk
from genre.serving.api.problems import Problem
from genre.serving.dashboard.browsers import PLAIN_CSP
from genre.serving.dashboard.house import House
from genre.serving.dashboard.visit import SCOPE
from genre.serving.store.access import ApiKey, Note

COOKIE, THEME, THEMES = "genre_dashboard", "genre_theme", ("light", "dark")
ASSETS = Path(__file__).parent / "assets"
MOST_BYTES = 4096
"""Of a form with a key."""
HEADERS = {"content-security-policy": PLAIN_CSP, "referrer-policy": "same-origin", "cache-control": "no-store"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in - GENRE</title>
<link rel="icon" href="{root}/assets/icon.svg">
<link rel="stylesheet" href="{root}/assets/dashboard.css">
</head>
<body class="plain">
<main class="login">
<img src="{root}/assets/icon.svg" alt="" width="48" height="48">
<h1>GENRE dashboard</h1>
<form method="post" action="{root}/login" autocomplete="off">
<label for="key">Admin key</label>
<input id="key" name="key" type="password" required autofocus maxlength="200" spellcheck="false"
 placeholder="gk_..." aria-describedby="told">
<p id="told" role="alert">{told}</p>
<button class="button primary" type="submit">Log in</button>
</form>
<p class="quiet">The first start of the service shows an admin key once. POST /v1/keys makes others.</p>
</main>
</body>
</html>
"""


class Login:
    """What is there for those who are not logged in."""

    def __init__(self, desk: Desk, house: House) -> None:
        self._desk, self._house = desk, house

    def routes(self) -> list[Route]:
        """The page, the form, and the files of the page."""
        return [
            Route("/login", self._show, methods=["GET"]),
            Route("/login", self._enter, methods=["POST"]),
            Route("/assets/{name}", _asset, methods=["GET"]),
        ]

    async def _show(self, request: Request) -> Response:
        return _page(request, 200)

    async def _enter(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        wait_s = self._house.tries.wait_s(address)
        if wait_s:
            told = f"Too many wrong keys. Try again in {wait_s} seconds."
            return _page(request, 429, told, {"retry-after": str(wait_s)})
        key, told = await self._owner(await _posted_key(request))
        if key is None:
            self._house.tries.failed(address)
            return _page(request, 401, told)
        await self._note(key, "dashboard.login")
        session, token = self._house.sessions.begin(key)
        answer = RedirectResponse(request.scope["root_path"] + "/", 303, {"cache-control": "no-store"})
        seconds = round(session.ends_at - self._desk.clock())
        set_cookie(answer, request, COOKIE, token, seconds, self._desk.settings.is_https)
        return answer

    async def _owner(self, told: str) -> tuple[ApiKey | None, str]:
        """The key, or why it opens nothing."""
        try:
            key = await self._desk.ring.owner(f"Bearer {told}")
        except Problem:
            return None, "This is no key that is valid now."
        if SCOPE not in key.scopes or key.tenant not in self._desk.tenants:
            return None, "This key is no admin key."
        return key, ""

    async def _note(self, key: ApiKey, action: str) -> None:
        audit = self._desk.tenants[key.tenant].store.audit
        await to_thread.run_sync(audit.note, Note(self._desk.clock(), key.key_id, action))


def set_cookie(answer: Response, request: Request, name: str, value: str, seconds: int, is_https: bool) -> None:
    """For this dashboard alone, out of reach of scripts and of other sites; 0 seconds take it away."""
    is_safe = is_https or request.url.scheme == "https"
    path = request.scope["root_path"] or "/"
    answer.set_cookie(name, value, seconds, path=path, secure=is_safe, httponly=True, samesite="strict")


async def _posted_key(request: Request) -> str:
    """Of the form, empty where there is none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("key", [""])[0].strip()


async def _asset(request: Request) -> Response:
    name = Path(request.path_params["name"]).name
    return FileResponse(ASSETS / name, headers={"cache-control": "no-cache"})


def _page(request: Request, status: int, told: str = "", headers: dict[str, str] | None = None) -> Response:
    root = escape(request.scope["root_path"], quote=True)
    return HTMLResponse(PAGE.format(root=root, told=escape(told)), status, {**HEADERS, **(headers or {})})
