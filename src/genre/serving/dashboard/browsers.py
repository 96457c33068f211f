"""What browsers are told: which parts of a page may run, and whether a request comes from our own pages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALONE = "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'"
PLAIN_CSP = f"default-src 'none'; style-src 'self'; img-src 'self'; {ALONE}"
"""Of pages without any script."""
MARK = b"x-nicegui-content"
_TAGS = re.compile(rb"<(script|style)\b")


def live_csp(nonce: str) -> str:
    """Of NiceGUI's pages: scripts and style sheets that came with the page and no others, no eval; of styles also the
    attributes that NiceGUI writes."""
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        f"style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; {ALONE}"
    )


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether a request that changes something, or opens a socket, was made by a page of this service."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == headers.get("host")


class Nonces:
    """Marks the scripts and styles that NiceGUI wrote into a page, so that no other runs; texts of items come escaped
    and hold no tag that could be marked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun: Message | None = None
        parts: list[bytes] = []

        async def send_on(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and any(name == MARK for name, _ in message["headers"]):
                begun = message
            elif begun is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    await _send_page(begun, b"".join(parts), send)

        await self._app(scope, receive, send_on)


async def _send_page(begun: Message, body: bytes, send: Send) -> None:
    nonce = secrets.token_urlsafe(16)
    body = _TAGS.sub(rb'<\1 nonce="' + nonce.encode() + b'"', body)
    headers = [pair for pair in begun["headers"] if pair[0] not in (b"content-length", MARK)]
    headers += [
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", live_csp(nonce).encode()),
        (b"referrer-policy", b"same-origin"),
    ]
    await send({**begun, "headers": headers})
    await send({"type": "http.response.body", "body": body})
