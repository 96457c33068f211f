"""What the log and the metrics hear of a request, gathered on its way."""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

REQUEST_ID = re.compile(rb"[A-Za-z0-9.-]{1,64}")
"""No underscores: a key that was sent in its place by mistake is not repeated."""
PLACE, TRACE_ID = "genre.trace", "genre.trace_id"


@dataclass(slots=True)
class Trace:
    """One request.

    Attributes:
        route: method and path as the table of rules has them, so that no id is in it; None: no such route.
        user: pseudonym.
        version: of the model that made a list.
        fallback: what filled it up.
        refused: what a key has to pass next: key, tenant, scope, rate or quota; None: nothing any more.
        fault: what the log should say beside the status.
        trace_id: of OpenTelemetry, where requests are traced.
    """

    request_id: str
    route: str | None = None
    tenant: str | None = None
    key_id: str | None = None
    user: str | None = None
    version: str | None = None
    fallback: str | None = None
    refused: str | None = None
    fault: str | None = None
    trace_id: str | None = None


def begun(scope: MutableMapping[str, Any]) -> Trace:
    """A trace for a request that came in, under the id that its sender gave, if it is a plain one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    id = given.decode() if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    trace = scope[PLACE] = Trace(id, trace_id=scope.get(TRACE_ID))
    return trace


def trace_of(scope: MutableMapping[str, Any]) -> Trace:
    """The trace of a request."""
    found: Trace = scope[PLACE]
    return found
