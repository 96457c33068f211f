"""Which arm of an experiment a user is in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from genre.serving._answering import DEFAULT
from genre.serving.settings import Variant

SPAN = 2**32


def arm_of(user_id: str | None, variants: Mapping[str, Variant], salt: bytes) -> str:
    """By a hash of the user and the tenant's secret: the same in every process, today and tomorrow.

    Somebody without an id is in none.
    """
    if user_id is None or not variants:
        return DEFAULT
    digest = hashlib.blake2b(user_id.encode(), digest_size=4, key=salt, person=b"variant").digest()
    place, reached = int.from_bytes(digest, "big") / SPAN, 0.0
    for name, variant in variants.items():
        reached += variant.share
        if place < reached:
            return name
    return DEFAULT
