"""How often a key may ask: so many requests a minute in this process, so many a day in all processes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from anyio import to_thread

from genre.core.errors import Fault, StoreError
from genre.serving.api.problems import Problem
from genre.serving.api.settings import ApiSettings
from genre.serving.store.access import ApiKey, Keys

DAY_S = 86_400
EXCHANGE_S = 1.0
"""Counts of a day are exchanged with other processes this often; a quota may be passed by that long's requests."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """A bucket of tokens for each key, filled at its rate.

    Args:
        ticks: seconds.
    """

    def __init__(self, settings: ApiSettings, ticks: Callable[[], float]) -> None:
        self._settings, self._ticks = settings, ticks
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: ApiKey) -> None:
        """Count a request.

        Raises:
            Problem: 429, with the seconds after which the next one is let through.
        """
        rate = self._settings.rate_per_minute if key.rate_per_minute is None else key.rate_per_minute
        if rate is None:
            return
        now, per_s = self._ticks(), rate / 60
        most = max(1.0, per_s * self._settings.burst_s)
        bucket = self._buckets.setdefault(key.key_id, _Bucket(most, now))
        bucket.tokens = min(most, bucket.tokens + (now - bucket.at) * per_s)
        bucket.at = now
        if bucket.tokens < 1:
            wait_s = math.ceil((1 - bucket.tokens) / per_s) if rate else DAY_S
            raise _too_many(f"{rate:,} requests a minute are the limit of this key.", wait_s)
        bucket.tokens -= 1


@dataclass(slots=True)
class _Used:
    """Attributes:
    total: of all processes, as far as they were exchanged.
    pending: of this process, since then.
    """

    day: date
    at: float
    total: int = 0
    pending: int = 0


class Quotas:
    """Requests of a day (UTC) by key, of those that have a quota.

    Args:
        clock: seconds since 1970.
        ticks: seconds.
    """

    def __init__(self, keys: Keys, clock: Callable[[], float], ticks: Callable[[], float]) -> None:
        self._keys, self._clock, self._ticks = keys, clock, ticks
        self._used: dict[str, _Used] = {}

    async def take(self, key: ApiKey) -> None:
        """Count a request.

        Raises:
            Problem: 429, with the seconds until the next day.
        """
        if key.daily_quota is None:
            return
        now = self._clock()
        today = datetime.fromtimestamp(now, UTC).date()
        used = self._used.get(key.key_id)
        if used is None or used.day != today:
            await self._exchange(key.key_id, used)
            used = self._used[key.key_id] = _Used(today, -math.inf)
        if self._ticks() - used.at >= EXCHANGE_S:
            await self._exchange(key.key_id, used)
        if used.total + used.pending >= key.daily_quota:
            wait_s = DAY_S - int(now) % DAY_S
            raise _too_many(f"{key.daily_quota:,} requests a day are the quota of this key.", wait_s)
        used.pending += 1

    async def close(self) -> None:
        """Tell what was not told yet."""
        for key_id, used in self._used.items():
            await self._exchange(key_id, used)

    async def _exchange(self, key_id: str, used: _Used | None) -> None:
        """Tell the store what was used here and learn what was elsewhere; without the store count on."""
        if used is None:
            return
        told, used.pending, used.at = used.pending, 0, self._ticks()
        used.total += told
        try:
            used.total = await to_thread.run_sync(self._keys.count, key_id, used.day, told)
        except StoreError:
            used.total, used.pending = used.total - told, used.pending + told


def _too_many(what: str, wait_s: int) -> Problem:
    headers = {"retry-after": str(wait_s)}
    return Problem(429, Fault("authorization", what, f"Ask again in {wait_s:,} seconds."), headers=headers)
