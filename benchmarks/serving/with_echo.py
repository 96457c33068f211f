"""`genre serve` with two routes more, which answer with the JSON that they are sent: what the server alone can do.

/echo is a route as anybody writes one in FastAPI, without a key; /echo-raw does without FastAPI too.
"""

from __future__ import annotations

import sys
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request

from genre.cli.main import run
from genre.serving.api.call import Json
from genre.serving.server import process
from genre.serving.server.plan import Plan
from genre.serving.store.sql import SqlStore

build_app = process.build_app


def build_with_echo(plan: Plan, store: SqlStore) -> FastAPI:
    """The application of `genre serve`, and the routes."""
    app = build_app(plan, store)
    app.add_api_route("/echo", echo, methods=["POST"])
    app.router.add_route("/echo-raw", echo_raw, methods=["POST"])
    return app


async def echo(body: dict[str, Any]) -> dict[str, Any]:
    """As it came."""
    return body


async def echo_raw(request: Request) -> Json:
    """As it came, by the quickest way there is."""
    return Json(await request.json())


if __name__ == "__main__":
    process.build_app = build_with_echo
    sys.argv = ["genre", "serve", *sys.argv[1:]]
    run()
