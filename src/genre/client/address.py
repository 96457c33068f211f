"""Where a service is, and with which key."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from genre.core.errors import Fault, RequestError

KEY = "GENRE_KEY"


def checked_url(url: str) -> str:
    """An address without a slash at its end.

    Raises:
        RequestError: it is none, or holds more; then it is not repeated, for that may be a secret.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        fault = Fault("url", "holds more than host, port and path.", "Give the key as key, or in GENRE_KEY.")
        raise RequestError(fault)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RequestError(Fault("url", f"'{url}' is no address of a service.", "Write http://HOST:PORT."))
    return url.rstrip("/")


def authorization(key: str | None) -> dict[str, str]:
    """The header that brings a key, or the one in the environment; empty without one.

    Raises:
        RequestError: it holds what no header can.
    """
    key = os.environ.get(KEY) if key is None else key
    if not key:
        return {}
    if not key.isascii() or not key.isprintable() or " " in key:
        raise RequestError(Fault("key", "holds what no key does.", "Give it as it was told: gk_..., without spaces."))
    return {"authorization": f"Bearer {key}"}
