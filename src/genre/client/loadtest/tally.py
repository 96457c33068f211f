"""What came of calls: latencies by kind, failures by reason, lists by fallback."""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from genre.client.loadtest.pool import Call

EVENTS, NO_FALLBACK = "events", "none"


def _seconds() -> array[float]:
    return array("d")


@dataclass
class Tally:
    """Counts. A call that got no answer counts with the time until it was given up, so that nothing is flattered;
    one that was refused does not count in latencies, for refusals are quick.

    Attributes:
        latencies: seconds by kind.
        late: seconds from when calls were due until they were sent.
        recent: latencies since somebody looked last.
        n_in_time: good answers before the counted seconds were over.
        own_cpu_s: of this program in those seconds.
    """

    latencies: dict[str, array[float]] = field(default_factory=lambda: defaultdict(_seconds))
    late: array[float] = field(default_factory=_seconds)
    recent: array[float] = field(default_factory=_seconds)
    errors: Counter[str] = field(default_factory=Counter)
    fallbacks: Counter[str] = field(default_factory=Counter)
    n_calls: int = 0
    n_in_time: int = 0
    own_cpu_s: float = 0.0

    def done(self, call: Call, status: int | str, body: bytes, now: float, is_in_time: bool) -> None:
        """A call has its answer, or a reason why there is none."""
        self.n_calls += 1
        self.late.append((call.sent or now) - call.due)
        is_good = isinstance(status, int) and 200 <= status < 300
        if is_good or isinstance(status, str):
            self.latencies[call.kind].append(now - call.due)
            self.recent.append(now - call.due)
        if not is_good:
            self.errors[str(status)] += 1
            return
        self.n_in_time += is_in_time
        if call.kind != EVENTS:
            self.fallbacks[json.loads(body).get("fallback", NO_FALLBACK)] += 1

    def seen(self) -> list[float]:
        """Latencies since this was asked last, in rising order."""
        found, self.recent = sorted(self.recent), _seconds()
        return found

    def all_latencies(self) -> list[float]:
        """In seconds, of all kinds."""
        return [one for values in self.latencies.values() for one in values]
