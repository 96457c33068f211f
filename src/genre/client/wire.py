"""Calls over HTTP: with the key, made again where that is safe, refusals as errors."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import httpx2
from pydantic import ValidationError

from genre.client.errors import ApiError
from genre.client.manner import QUESTION, Manner
from genre.client.results import read
from genre.client.retries import PASSING, REFUSED, Retries
from genre.core.errors import Fault

T = TypeVar("T")
CONNECT_S = 5.0
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Wire:
    """Connections to one service; safe to use from several threads.

    Args:
        timeouts_s: for an answer, and for one that takes long.
    """

    def __init__(self, url: str, headers: Mapping[str, str], timeouts_s: tuple[float, float], retries: Retries) -> None:
        self.url = url
        self._retries = retries
        self._timeout, self._slow = (httpx2.Timeout(one, connect=min(one, CONNECT_S)) for one in timeouts_s)
        self._http = httpx2.Client(base_url=url, headers=dict(headers))

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def read(self, kind: type[T], method: str, path: str, body: Any = None, manner: Manner = QUESTION) -> T:
        """Ask, and read the answer.

        Raises:
            ApiError: it was refused, none came, or it is not what this client knows.
        """
        return self.understood(kind, self.ask(method, path, body, manner))

    def ask(self, method: str, path: str, body: Any = None, manner: Manner = QUESTION) -> httpx2.Response:
        """Ask until there is an answer, or no sense in asking again.

        Raises:
            ApiError: it was refused, or none came.
        """
        request, n_tries = self._request(method, path, body, manner), 0
        while True:
            n_tries += 1
            answer = self._try(request)
            if not isinstance(answer, Exception) and answer.is_success:
                return answer
            wait_s = self._wait_s(answer, n_tries, manner)
            if wait_s is None:
                self._fail(request, answer, n_tries)
            time.sleep(wait_s)

    def understood(self, kind: type[T], answer: httpx2.Response) -> T:
        """What an answer holds.

        Raises:
            ApiError: it is not what this client knows.
        """
        try:
            return read(kind, answer.content)
        except ValidationError as error:
            what = f"answers what this client does not know ({error.error_count()} fields differ)."
            place = f"{answer.request.method} {answer.request.url.path}"
            fault = Fault(place, what, "Use the client of the service's version.")
            raise ApiError(fault, answer.status_code, answer.headers.get("x-request-id")) from None

    def _request(self, method: str, path: str, body: Any, manner: Manner) -> httpx2.Request:
        headers = {"x-request-id": secrets.token_hex(8)}
        content = None
        if body is not None:
            content, headers["content-type"] = json.dumps(body, ensure_ascii=False).encode(), "application/json"
        timeout = self._slow if manner.is_slow else self._timeout
        return self._http.build_request(method, path, content=content, headers=headers, timeout=timeout)

    def _try(self, request: httpx2.Request) -> httpx2.Response | httpx2.TransportError:
        try:
            return self._http.send(request)
        except httpx2.TransportError as error:
            return error

    def _wait_s(self, answer: httpx2.Response | httpx2.TransportError, n_tries: int, manner: Manner) -> float | None:
        if manner.is_tried_once:
            return None
        if isinstance(answer, httpx2.TransportError):
            is_passing = manner.is_repeatable or isinstance(answer, NOT_SENT)
            return self._retries.wait_s(n_tries) if is_passing else None
        if answer.status_code not in (PASSING if manner.is_repeatable else REFUSED):
            return None
        return self._retries.wait_s(n_tries, answer.headers.get("retry-after"))

    def _fail(self, request: httpx2.Request, answer: httpx2.Response | httpx2.TransportError, n_tries: int) -> NoReturn:
        id = request.headers["x-request-id"]
        if isinstance(answer, httpx2.TransportError):
            raise ApiError(_unreached(self.url, answer), None, id, n_tries) from None
        faults = _faults(answer, f"{request.method} {request.url.path}")
        raise ApiError(faults, answer.status_code, answer.headers.get("x-request-id", id), n_tries)


def _unreached(url: str, error: httpx2.TransportError) -> Fault:
    if isinstance(error, httpx2.TimeoutException):
        return Fault(url, "does not answer in time.", "Ask for less at a time, or allow more seconds.")
    return Fault(url, f"cannot be asked: {error or type(error).__name__}.", "Is the service up, and the URL right?")


def _faults(answer: httpx2.Response, place: str) -> tuple[Fault, ...]:
    try:
        told = answer.json()
        faults = tuple(Fault(one["where"], one["what"], one["mend"]) for one in told["faults"])
        return faults or (Fault("", str(told["detail"])),)
    except (ValueError, TypeError, KeyError):
        what = f"answers {answer.status_code} {answer.reason_phrase}, and not as the service does."
        return (Fault(place, what, "Is the URL that of the service?"),)
