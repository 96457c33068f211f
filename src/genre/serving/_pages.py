"""The next page of a list: what was shown already, carried by whoever asks, so that any process can go on."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass

from genre.core.errors import Fault, RequestError

MOST_BYTES = 1_000_000
"""Of a page once it is unpacked."""
PLAIN, PLAIN_BYTES = b"\0", 512
"""So short a page is not packed, which takes longer than it saves: it has this mark and its sum before it."""


@dataclass(frozen=True)
class Page:
    """Attributes:
    shown: item ids of the pages before.
    """

    shown: tuple[str, ...] = ()

    def to_text(self) -> str:
        """For `read_page`; fit for a URL."""
        text = json.dumps(self.shown, ensure_ascii=False).encode()
        content = PLAIN + _sum(text) + text if len(text) <= PLAIN_BYTES else zlib.compress(text, 9)
        return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_page(text: str | None) -> Page:
    """The page of `Page.to_text`; an empty one for None.

    Raises:
        RequestError: it was cut or altered.
    """
    if text is None:
        return Page()
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content = json.loads(_unpacked(packed))
        if len(text) % 4 == 1 or not isinstance(content, list) or not all(isinstance(id, str) for id in content):
            raise ValueError("no page")
    except (binascii.Error, zlib.error, ValueError):
        raise RequestError(
            Fault("page", "was cut or altered.", "Send next_page as it came, or leave page out.")
        ) from None
    return Page(tuple(content))


def _unpacked(packed: bytes) -> bytes:
    if packed.startswith(PLAIN):
        if _sum(text := packed[5:]) != packed[1:5]:
            raise ValueError("no page")
        return text
    reader = zlib.decompressobj()
    text = reader.decompress(packed, MOST_BYTES)
    if not reader.eof or reader.unused_data:
        raise ValueError("no page")
    return text


def _sum(text: bytes) -> bytes:
    return zlib.crc32(text).to_bytes(4, "big")
