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
SMALL_BYTES = 1024
SMALL, LARGE = (10, 1), (15, 8)
"""Window and memory of packing: making large ones ready takes longer than packing a few ids."""


@dataclass(frozen=True)
class Page:
    """Attributes:
    shown: item ids of the pages before.
    """

    shown: tuple[str, ...] = ()

    def to_text(self) -> str:
        """For `read_page`; fit for a URL."""
        text = json.dumps(self.shown, ensure_ascii=False).encode()
        packer = zlib.compressobj(9, zlib.DEFLATED, *(SMALL if len(text) < SMALL_BYTES else LARGE))
        return base64.urlsafe_b64encode(packer.compress(text) + packer.flush()).decode().rstrip("=")


def read_page(text: str | None) -> Page:
    """The page of `Page.to_text`; an empty one for None.

    Raises:
        RequestError: it was cut or altered.
    """
    if text is None:
        return Page()
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj()
        content = json.loads(reader.decompress(packed, MOST_BYTES))
        is_whole = reader.eof and not reader.unused_data and len(text) % 4 != 1
        if not is_whole or not isinstance(content, list) or not all(isinstance(id, str) for id in content):
            raise ValueError("no page")
    except (binascii.Error, zlib.error, ValueError):
        raise RequestError(
            Fault("page", "was cut or altered.", "Send next_page as it came, or leave page out.")
        ) from None
    return Page(tuple(content))
