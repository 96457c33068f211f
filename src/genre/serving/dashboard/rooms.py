"""What a visit may ask for beside pages: pictures, the theme, the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from genre.core.errors import StoreError
from genre.serving.dashboard.login import ASSETS, COOKIE, THEME, THEMES, set_cookie
from genre.serving.dashboard.pictures import MEDIA_TYPE, picture
from genre.serving.dashboard.visit import visit_of

YEAR_S, HOUR_S = 31_536_000, 3600


async def show_picture(request: Request) -> Response:
    """The picture of an item, small; a blank one where there is none."""
    visit = visit_of(request)
    stock = await to_thread.run_sync(visit.service.stock)
    item_id = request.path_params["item_id"]
    found = await to_thread.run_sync(picture, stock, visit.house.settings, item_id, limiter=visit.house.reading)
    if found is None:
        return FileResponse(ASSETS / "no-picture.svg", 404, {"cache-control": "no-cache"})
    return Response(found, media_type=MEDIA_TYPE, headers={"cache-control": f"private, max-age={HOUR_S}"})


async def set_theme(request: Request) -> Response:
    """Light, dark, or as the browser has it; then back to the page that asked."""
    visit = visit_of(request)
    theme = request.path_params["theme"]
    back = request.headers.get("referer", "")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}{visit.root}/"
    answer = RedirectResponse(back if back.startswith(own) else visit.at(), 303)
    is_known = theme in THEMES
    set_cookie(
        answer, request, THEME, theme if is_known else "", YEAR_S if is_known else 0, visit.desk.settings.is_https
    )
    return answer


async def log_out(request: Request) -> Response:
    """End the session here and for every copy of its cookie."""
    visit = visit_of(request)
    visit.house.sessions.end(visit.session)
    answer = RedirectResponse(visit.at("login"), 303, {"cache-control": "no-store", "clear-site-data": '"cache"'})
    set_cookie(answer, request, COOKIE, "", 0, visit.desk.settings.is_https)
    with suppress(StoreError):
        await visit.write("dashboard.logout", lambda: None)
    return answer


Enter = Callable[[Request], Awaitable[Response]]
ROOMS: tuple[tuple[str, str, Enter], ...] = (
    ("GET", "/pictures/{item_id:path}", show_picture),
    ("POST", "/theme/{theme}", set_theme),
    ("POST", "/logout", log_out),
)
