"""How far a group is behind its stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genre.serving.stream.entries import moment_of

if TYPE_CHECKING:
    from redis import Redis


@dataclass(frozen=True)
class Lag:
    """Attributes:
    n_waiting: entries that no consumer has been given yet; None: Redis cannot tell, as entries were deleted.
    n_pending: entries that a consumer was given and has not finished.
    oldest_s: age of the oldest of both, by the clock of Redis; 0: there is none.
    """

    n_waiting: int | None = 0
    n_pending: int = 0
    oldest_s: float = 0.0


def lag_of(redis: Redis, stream: str, group: str) -> Lag:
    """The lag of this moment; the group must be there."""
    groups: list[dict[str, Any]] = redis.xinfo_groups(stream)
    (found,) = (one for one in groups if one["name"] == group.encode())
    last = found["last-delivered-id"].decode()
    n_waiting, n_pending = found.get("lag"), int(found["pending"])
    waiting: Any = redis.xrange(stream, f"({last}", "+", count=1)
    oldest = [moment_of(id.decode()) for id, _ in waiting]
    if n_pending:
        first = redis.xpending(stream, group)["min"]
        oldest += [moment_of(first.decode())] if first else []
    seconds, micro = redis.time()
    return Lag(n_waiting, n_pending, max(0.0, seconds + micro / 1e6 - min(oldest)) if oldest else 0.0)
