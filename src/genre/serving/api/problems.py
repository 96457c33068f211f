"""Refusals as problem documents (RFC 9457) that name every field at fault and the mend."""

from __future__ import annotations

import http
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from genre.core.errors import BundleError, Fault, GenreError, MissingExtraError, StoreError
from genre.serving.api.trace import trace_of

MEDIA_TYPE = "application/problem+json"
RETRY_S = 1
TITLES = {
    400: "The body is not JSON",
    401: "No valid key",
    403: "The key may not do this",
    404: "Nothing is there",
    405: "The path knows no such method",
    409: "Not now",
    413: "Too large",
    415: "Not a type of body that is read",
    422: "The request does not fit",
    429: "Too many requests",
    500: "A fault of the service",
    503: "The service cannot reach what it needs",
}


class Problem(Exception):  # noqa: N818 - it is what it is called in the standard
    """A request that is refused.

    Args:
        detail: instead of what the faults say.
    """

    def __init__(
        self,
        status: int,
        faults: Fault | Iterable[Fault] = (),
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.headers = status, dict(headers or {})
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.detail = detail or "\n".join(str(fault) for fault in self.faults) or title_of(status)
        super().__init__(self.detail)

    def to_dict(self, request_id: str) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "type": f"urn:genre:problem:{self.status}",
            "title": title_of(self.status),
            "status": self.status,
            "detail": self.detail,
            "faults": [{"where": one.where, "what": one.what, "mend": one.mend} for one in self.faults],
            "request_id": request_id,
        }

    def to_response(self, request_id: str) -> Response:
        """As it is sent."""
        return Response(orjson.dumps(self.to_dict(request_id)), self.status, self.headers, MEDIA_TYPE)


def title_of(status: int) -> str:
    """What a status means here."""
    return TITLES.get(status) or http.HTTPStatus(status).phrase


def of_error(error: GenreError) -> Problem:
    """A fault of the user's, or of what the service needs; of the latter nothing is told."""
    if isinstance(error, StoreError):
        return Problem(503, detail="The store is out of reach. Ask again.", headers={"retry-after": str(RETRY_S)})
    if isinstance(error, BundleError):
        return Problem(409, detail="The bundle of this version cannot be read. The log of the service says why.")
    if isinstance(error, MissingExtraError):
        return Problem(500, detail="The service lacks a package. Its log says which.")
    return Problem(422, error.faults)


def of_http(error: HTTPException, methods: Iterable[str] = ()) -> Problem:
    """What the framework refuses: unknown paths and methods.

    Args:
        methods: that the path knows.
    """
    known = ", ".join(sorted(methods))
    if error.status_code == 405 and known:
        return Problem(405, Fault("method", "is not known here.", f"Use {known}."), headers={"allow": known})
    if error.status_code == 404:
        return Problem(404, Fault("path", "is not known.", "GET /openapi.json lists all."))
    return Problem(error.status_code, headers=error.headers)


async def answer_problem(request: Request, error: Exception) -> Response:
    """A problem that a route raised."""
    assert isinstance(error, Problem)
    return error.to_response(trace_of(request.scope).request_id)


async def answer_error(request: Request, error: Exception) -> Response:
    """An error of GENRE that a route raised; what is not told is noted for the log."""
    assert isinstance(error, GenreError)
    problem, trace = of_error(error), trace_of(request.scope)
    if not problem.faults:
        trace.fault = str(error)
    return problem.to_response(trace.request_id)
