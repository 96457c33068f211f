"""What a run found, in figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Latency:
    """Milliseconds of n calls, by nearest rank: so many in a hundred (in a thousand) took no longer."""

    n: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float


@dataclass(frozen=True)
class Report:
    """What a run found.

    Attributes:
        mode: rate (open loop, latencies from the moment when a call was due) or saturate (closed loop, from its start).
        rate: calls a second that were asked for; None: as many as go.
        seconds: that were counted.
        answers_per_s: good answers in one.
        errors: calls without a good answer, by status, or `timeout` and `lost`.
        fallbacks: lists by the fallback that they name.
        late_p99_ms: how much later than due calls were sent, because all connections were busy or this program was.
        own_cpu_us: of this program per call.
    """

    mode: str
    rate: float | None
    n_connections: int
    seconds: float
    n_calls: int
    answers_per_s: float
    latency: Latency | None
    kinds: dict[str, Latency]
    errors: dict[str, int]
    fallbacks: dict[str, int]
    late_p99_ms: float
    own_cpu_us: float

    @property
    def fallback_share(self) -> float | None:
        """Of lists that name one; None: there was no list."""
        n = sum(self.fallbacks.values())
        return None if not n else 1 - self.fallbacks.get("none", 0) / n

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "fallback_share": self.fallback_share}


def latency_of(seconds: Sequence[float]) -> Latency | None:
    """Percentiles; None of nothing."""
    if not seconds:
        return None
    found = sorted(seconds)
    p50, p90, p99, p999 = (quantile(found, share) * 1e3 for share in (0.5, 0.9, 0.99, 0.999))
    return Latency(len(found), p50, p90, p99, p999, found[-1] * 1e3)


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of the values do not pass; 0 of none.

    Args:
        values: in rising order.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([1.0, 2.0, 3.0, 4.0], 0.51)
    (2.0, 3.0)
    """
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0
