"""The frame of every page: navigation, theme, way out; and a watch that ends it with its session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import Response

from genre.core.errors import GenreError
from genre.serving.api.logs import log_fault
from genre.serving.api.problems import Problem, of_error
from genre.serving.dashboard.parts import badge, link, part
from genre.serving.dashboard.visit import Visit, visit_of

PAGES = (
    ("", "Overview", "space_dashboard"),
    ("catalogue", "Catalogue", "grid_view"),
    ("users", "Users", "person_search"),
    ("models", "Models", "layers"),
    ("live", "Live", "show_chart"),
)
THEMES = {"": ("dark", "Dark theme", "dark_mode"), "dark": ("light", "Light theme", "light_mode")}
WATCH_S = 5.0
Builder = Callable[..., Awaitable[Response | None]]


def page(path: str) -> Callable[[Builder], Builder]:
    """Register a page. Its function takes the visit and what its signature names of path and query.

    What keeps it from being made is told on the page; faults of the service are logged and not told.
    """

    def register(build: Builder) -> Builder:
        @wraps(build)
        async def made(request: Request, client: Client, **asked: Any) -> Response | None:
            visit = visit_of(request)
            ui.add_head_html(f'<link rel="stylesheet" href="{visit.at("assets", "dashboard.css")}">')
            if visit.theme:
                ui.dark_mode(visit.theme == "dark")
            client.title = f"{build.__doc__ or ''} - GENRE"
            try:
                return await build(visit, **asked)
            except (GenreError, Problem) as error:
                client.content.clear()
                _tell(visit, error)
            except Exception as error:  # noqa: BLE001 - a page is the last to hear of it
                log_fault(error)
                client.content.clear()
                _tell(visit, Problem(500))
            return None

        made.__signature__ = _signature(build)  # type: ignore[attr-defined]
        ui.page(path, response_timeout=60)(made)
        return build

    return register


def _signature(build: Builder) -> Signature:
    """What a page is asked with: what it names itself, and what NiceGUI gives to every page."""
    own = signature(build, eval_str=True).parameters.values()
    given = {"request": Request, "client": Client}
    return Signature(
        [
            *(Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind) for name, kind in given.items()),
            *(one.replace(kind=Parameter.KEYWORD_ONLY) for one in own if one.name != "visit"),
        ]
    )


@contextmanager
def frame(visit: Visit, here: str, title: str, note: str = "") -> Iterator[None]:
    """A page of the dashboard with its heading; what follows is its content.

    Args:
        here: first part of the page's path.
    """
    link("Skip to content", "#content", "skip")
    with part("div", "", "frame"):
        with part("header", "", "side"):
            with link("", visit.at(), "brand", aria_label="GENRE, overview"):
                part("img", src=visit.at("assets", "icon.svg"), alt="", width=28, height=28)
                part("span", "GENRE")
            with part("nav", "", "pages", aria_label="Pages"):
                for path, name, icon in PAGES:
                    to = visit.at(path) if path else visit.at()
                    with link("", to, aria_current="page" if path == here else None):
                        part("q-icon", aria_hidden="true", name=icon)
                        part("span", name)
            _leaving(visit)
        with part("main", "", "content", id_="content", tabindex=-1):
            with part("div", "", "heading"):
                part("h1", title)
                if note:
                    part("p", note, "quiet")
            yield
    every(visit, WATCH_S, _nothing)


def every(visit: Visit, seconds: float, draw: Callable[[], Awaitable[None]]) -> None:
    """Draw again and again while a browser looks and the session lasts; then show the login page."""
    client = ui.context.client

    async def beat() -> None:
        try:
            if not await visit.is_open():
                timer.cancel()
                client.open(visit.at("login").removeprefix(visit.root))
                return
            await draw()
        except GenreError as error:
            log_fault(error)

    timer = ui.timer(seconds, beat, immediate=False)


async def _nothing() -> None:
    """Only the session is looked after."""


def _leaving(visit: Visit) -> None:
    with part("div", "", "leave"):
        badge(visit.tenant.name)
        to, label, icon = THEMES.get(visit.theme, ("auto", "Theme of the system", "contrast"))
        with (
            part("form", "", "", method="post", action=visit.at("theme", to)),
            part("button", "", "icon", type="submit", aria_label=label, title=label),
        ):
            part("q-icon", name=icon, aria_hidden="true")
        with (
            part("form", "", "", method="post", action=visit.at("logout")),
            part("button", "", "icon", type="submit", aria_label="Log out", title="Log out"),
        ):
            part("q-icon", name="logout", aria_hidden="true")


def _tell(visit: Visit, error: GenreError | Problem) -> None:
    problem = of_error(error) if isinstance(error, GenreError) else error
    if not problem.faults and isinstance(error, GenreError):
        log_fault(error)
    with frame(visit, "-", "This cannot be shown"), part("section", "", "card", role="alert"):
        part("p", problem.detail)
        link("Back to the overview", visit.at(), "button")
