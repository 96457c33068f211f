"""The way to a user."""

from __future__ import annotations

from anyio import to_thread
from starlette.responses import RedirectResponse, Response

from genre.serving.dashboard.layout import frame, page
from genre.serving.dashboard.parts import card, link, part
from genre.serving.dashboard.visit import Visit

N_SHOWN = 24


@page("/users")
async def users(visit: Visit, id: str = "") -> Response | None:
    """Users"""
    if id.strip():
        return RedirectResponse(visit.at("users", id.strip()), 303)
    stock = await to_thread.run_sync(visit.service.stock)
    known = stock.shelf.model.catalog.user_vocabulary.ids
    with frame(visit, "users", "Users", "What a user did, what the list is, and why."):
        with part("form", "", "card fields", method="get", action=visit.at("users"), role="search"):
            with part("label", "", "field"):
                part("span", "User id")
                part("input", "", "", name="id", type="search", required="", maxlength=256)
            part("button", "Show", "button primary", type="submit")
        with card(f"Some of {len(known):,} users that the model knows"), part("div", "", "chips"):
            for user_id in known.head(N_SHOWN).to_list():
                link(user_id, visit.at("users", user_id), "chip")
    return None
