"""One request after the other over one connection that stays open, with as little around it as can be."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class Unanswered(Exception):  # noqa: N818 - it is no error where somebody kills the other side
    """The connection was refused or broke off: nobody knows what became of the request."""


@dataclass(frozen=True)
class Reply:
    """Attributes:
    headers: names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Asking:
    """Attributes:
    key: sent along as it is.
    """

    url: str
    key: str
    timeout_s: float = 60.0
    _line: http.client.HTTPConnection | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        """What comes back, whatever its status.

        Raises:
            Unanswered: nothing did.
        """
        sent = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=self.timeout_s)
            self._line.request(method, path, sent, headers)
            got = self._line.getresponse()
            text = got.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(type(error).__name__) from None
        told = {name.lower(): value for name, value in got.getheaders()}
        is_json = "json" in told.get("content-type", "")
        return Reply(got.status, told, json.loads(text) if is_json else text.decode())

    def must(self, method: str, path: str, body: Any = None) -> Any:
        """The body of a good answer; ends the benchmark where it is none."""
        reply = self.ask(method, path, body)
        if reply.status >= 300:
            raise SystemExit(f"{method} {path}: {reply.status} {reply.body}")
        return reply.body

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        if self._line is not None:
            self._line.close()
        self._line = None


def request_bytes(key: str, method: str, path: str, body: Any = None) -> bytes:
    """A request as it goes over the line."""
    sent = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    head = f"{method} {path} HTTP/1.1\r\nhost: genre\r\nauthorization: Bearer {key}\r\n"
    if body is not None:
        head += f"content-type: application/json\r\ncontent-length: {len(sent)}\r\n"
    return head.encode() + b"\r\n" + sent
