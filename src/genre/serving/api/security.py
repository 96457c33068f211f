"""Keys: made once, told once, kept as digests, compared in constant time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import math
import secrets
from collections.abc import Callable, Mapping, Sequence

from anyio import to_thread

from genre.core.errors import Fault, StoreError
from genre.serving.api.problems import Problem
from genre.serving.api.settings import ApiSettings
from genre.serving.store.access import ApiKey, Keys

PREFIX = "gk"
NO_DIGEST = "0" * 64
NEW_S = 0.05
"""A key that nobody here knows may have been made by another process; for it keys are read at most this often."""
PATIENCE_S = 0.25
"""How long a request waits for a store that does not answer, while keys are known."""


def make_key(tenant: str, name: str, scopes: Sequence[str], at: float, **limits: float | None) -> tuple[str, ApiKey]:
    """A new key: what its owner is told, `gk_ID_SECRET`, and what is kept.

    Args:
        at: seconds since 1970.
        limits: expires_at, rate_per_minute, daily_quota of `ApiKey`.
    """
    id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    kept = ApiKey(id, _digest(secret), name, tenant, tuple(scopes), at, **limits)  # type: ignore[arg-type]
    return f"{PREFIX}_{id}_{secret}", kept


def first_key(keys: Keys, tenant: str, at: float) -> str | None:
    """A key that may do everything, where the tenant has none at all yet; else None. Show it once, keep it nowhere."""
    if keys.all(tenant):
        return None
    told, kept = make_key(tenant, "first", ("admin",), at)
    keys.add(kept)
    return told


class KeyRing:
    """All keys in memory, read anew every moment, so that no request waits for the store.

    Args:
        clock: seconds since 1970, for what expires.
        ticks: seconds, for the age of what was read.
    """

    def __init__(
        self, keys: Keys, settings: ApiSettings, clock: Callable[[], float], ticks: Callable[[], float]
    ) -> None:
        self._keys, self._settings, self._clock, self._ticks = keys, settings, clock, ticks
        self._known: Mapping[str, ApiKey] | None = None
        self._read_at = self._tried_at = 0.0
        self._reading = asyncio.Lock()
        self._asked: asyncio.Future[None] | None = None

    async def owner(self, authorization: str | None) -> ApiKey:
        """The key that a header `Authorization` holds.

        Raises:
            Problem: 401, without saying which part is wrong.
            StoreError: keys could not be read for too long.
        """
        id, secret = _parts(authorization)
        key = (await self._current()).get(id) or (await self._newest(id))
        is_right = hmac.compare_digest(_digest(secret), NO_DIGEST if key is None else key.digest)
        if key is None or not is_right or not self._is_good(key):
            mend = f"Send Authorization: Bearer {PREFIX}_..."
            fault = Fault("authorization", "holds no key that is valid now.", mend)
            raise Problem(401, fault, headers={"www-authenticate": "Bearer"})
        return key

    async def good(self, key_id: str) -> ApiKey | None:
        """The key of an id, if it is good now: for sessions that were opened with it.

        Raises:
            StoreError: keys could not be read for too long.
        """
        key = (await self._current()).get(key_id)
        return key if key is not None and self._is_good(key) else None

    def n_good(self, tenant: str) -> int | None:
        """Keys of a tenant that are good now; None: keys were not read yet."""
        known = self._known
        return None if known is None else sum(self._is_good(key) for key in known.values() if key.tenant == tenant)

    def forget(self) -> None:
        """Keys changed: read them again before the next request."""
        self._tried_at = -math.inf

    async def _current(self) -> Mapping[str, ApiKey]:
        if self._known is None or not (self._is_fresh() or self._is_being_read()):
            async with self._reading:
                if self._known is None or not self._is_fresh():
                    await self._read()
        assert self._known is not None
        return self._known

    async def _newest(self, id: str) -> ApiKey | None:
        """A key that was made a moment ago."""
        if not id or self._ticks() - self._tried_at < NEW_S:
            return None
        async with self._reading:
            if self._ticks() - self._tried_at >= NEW_S:
                await self._read()
        return (self._known or {}).get(id)

    def _is_fresh(self) -> bool:
        return self._ticks() - self._tried_at < self._settings.key_cache_s

    def _is_being_read(self) -> bool:
        """Whether another request reads already, and what is known is not too old to go on with."""
        return self._reading.locked() and self._may_go_on()

    async def _read(self) -> None:
        """What the store says; for one that hangs nobody waits long, as long as what is known may be believed."""
        now, patience_s = self._ticks(), 0.0
        if self._asked is None or self._asked.done():
            self._asked, patience_s = asyncio.ensure_future(self._ask()), PATIENCE_S
        asked = self._asked
        await asyncio.wait({asked}, timeout=patience_s if self._may_go_on() else None)
        self._tried_at = now
        if asked.done():
            asked.result()

    async def _ask(self) -> None:
        now = self._ticks()
        try:
            self._known = {key.key_id: key for key in await to_thread.run_sync(self._keys.all)}
            self._read_at = now
        except StoreError:
            if not self._may_go_on():
                raise

    def _may_go_on(self) -> bool:
        return self._known is not None and self._ticks() - self._read_at <= self._settings.key_grace_s

    def _is_good(self, key: ApiKey) -> bool:
        return key.revoked_at is None and (key.expires_at is None or key.expires_at > self._clock())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _parts(authorization: str | None) -> tuple[str, str]:
    """Id and secret; empty ones where the header holds no key."""
    scheme, _, token = (authorization or "").partition(" ")
    parts = token.strip().split("_", 2)
    if scheme.lower() != "bearer" or len(parts) != 3 or parts[0] != PREFIX:
        return "", ""
    return parts[1], parts[2]
