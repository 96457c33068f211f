"""Mixed load for a long time: memory must stay flat, and nothing may fail.

    python -m benchmarks.serving.soak                    20 minutes
    python -m benchmarks.serving.soak --minutes 2        a quick look

One `genre serve` worker with SQLite on the MovieLens bundle, its real text encoder and caches, is asked for lists of
all kinds, told events of known and new users, and given items: 200 ids that are put, changed and deleted over and over
with texts that come once. (Ids are bounded, since every id ever put is kept; events and users grow as in a shop.)
Memory is VmRSS, read every two seconds. After a quarter of the time, which fills caches, what is left is cut into ten
windows: the medians of all must be within 5 % of the first's. Ends with exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.serving.asking import request_bytes
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.load import Background, Done, percentile_ms
from benchmarks.serving.running import Serving

MINUTES, RATE, FLAT = 20.0, 30.0, 0.05
WARM_UP, N_WINDOWS, LOOK_S = 0.25, 10, 2.0
N_IDS, N_STRANGERS = 200, 2_000
OFTEN = {
    "recommend": 50,
    "recommend, with everything": 8,
    "recommend by path": 5,
    "similar": 8,
    "search": 6,
    "rank": 6,
    "events": 10,
    "items": 3,
    "users": 2,
    "read": 1.9,
    "erase": 0.1,
}
WORDS = (
    "murder",
    "comedy",
    "desert",
    "war",
    "romance",
    "island",
    "robot",
    "music",
    "train",
    "winter",
    "letter",
    "king",
)
Asked = tuple[str, str, Any]


def main() -> int:
    """Load, watch, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    asked = parser.parse_args()
    bundle = movielens(asked.bundle)
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GENRE_CACHE": str(Path(folder) / "cache")}
        with Serving(bundle, Path(folder), environment=environment) as service:
            bars = soak(service, Mix(ids(bundle, "user"), ids(bundle, "item")), 60 * asked.minutes, asked.rate)
    return tell(bars)


def soak(service: Serving, mix: Mix, seconds: float, rate: float) -> list[Bar]:
    """Watch the memory of a service under load."""
    memory: list[float] = []
    with Background(service.url, mix.requests(service.key), rate, keeps_bodies=False) as load:
        while load.now < seconds:
            time.sleep(LOOK_S)
            memory.append(service.memory_mib())
            if len(memory) % max(1, round(seconds / LOOK_S / 20)) == 0:
                print(f"  {load.now / 60:5.1f} min: {memory[-1]:,.0f} MiB", flush=True)
    windows = windows_of(memory)
    print("windows, MiB:", *(f"{one:,.1f}" for one in windows))
    _tell(load.done, mix.asked)
    failed = [(kind, one) for kind, one in zip(mix.asked, load.done, strict=False) if not 200 <= one.status < 300]
    for kind, one in failed[:5]:
        print(f"  failed: {kind}: {one.status} {one.body[:200]!r}")
    return [
        Bar("memory, the window farthest from the first", 100 * drift(windows), 100 * FLAT, " %"),
        Bar(f"failed of {len(load.done):,} requests", len(failed), 0),
    ]


def windows_of(memory: Sequence[float]) -> list[float]:
    """Medians of equal parts of what comes after the warm-up."""
    rest = memory[int(WARM_UP * len(memory)) :]
    size = max(1, len(rest) // N_WINDOWS)
    return [statistics.median(rest[start : start + size]) for start in range(0, size * N_WINDOWS, size)]


def drift(windows: Sequence[float]) -> float:
    """The largest difference from the first, as a share of it."""
    return max(abs(one / windows[0] - 1) for one in windows)


class Mix:
    """Requests of all kinds, at random, the same for a seed.

    Attributes:
        asked: the kind of each that was drawn so far.
    """

    def __init__(self, users: Sequence[str], items: Sequence[str], seed: int = 0) -> None:
        self.asked: list[str] = []
        self._users, self._items, self._chance = users, items, random.Random(seed)
        self._n_events = self._n_changes = 0
        self._genres = ("Drama", "Comedy", "Action", "Sci-Fi")

    def requests(self, key: str) -> Iterator[bytes]:
        """As long as anybody takes them."""
        kinds, weights = list(OFTEN), list(OFTEN.values())
        while True:
            kind = self._chance.choices(kinds, weights)[0]
            self.asked.append(kind)
            yield request_bytes(key, *self._asked(kind))

    def _asked(self, kind: str) -> Asked:
        draw, item = self._chance, self._chance.choice(self._items)
        match kind:
            case "recommend":
                return "POST", "/v1/recommend", {"user_id": self._user()}
            case "recommend, with everything":
                body = {"user_id": self._user(), "k": draw.choice((5, 20, 100)), "explain": True, "exclude": [item]}
                filter_ = {"column": "genres", "contains": draw.choice(self._genres)}
                return "POST", "/v1/recommend", {**body, "filter": filter_, "diversity": draw.choice((None, 0.3))}
            case "recommend by path":
                return "GET", f"/v1/recommend/{self._user()}?k={draw.randint(1, 50)}", None
            case "similar":
                return "POST", "/v1/similar", {"items": [item], "k": 20}
            case "search":
                return "POST", "/v1/search", {"text": self._words(2), "user_id": self._user()}
            case "rank":
                return "POST", "/v1/rank", {"items": draw.sample(self._items, 50), "user_id": self._user()}
            case "events":
                return "POST", "/v1/events", {"events": [self._event() for _ in range(draw.randint(1, 5))]}
            case "items":
                return self._change()
            case "users":
                return "PUT", "/v1/users", {"users": [{"user_id": self._user(), "age": draw.randint(18, 80)}]}
            case "read":
                return draw.choice((("GET", f"/v1/items/{item}", None), ("GET", "/metrics", None)))
        return "DELETE", f"/v1/users/{self._user()}", None

    def _change(self) -> Asked:
        """Round after round each id is put, changed, and deleted."""
        step, place = divmod(self._n_changes, N_IDS)
        self._n_changes += 1
        id = f"soak-{place}"
        if step % 3 == 0:
            return "PUT", "/v1/items", {"items": [{"item_id": id, "title": self._words(5), "genres": ["Drama"]}]}
        if step % 3 == 1:
            return "PATCH", f"/v1/items/{id}", {"title": self._words(5)}
        return "DELETE", f"/v1/items/{id}", None

    def _event(self) -> dict[str, Any]:
        self._n_events += 1
        word = self._chance.choice(("view", "click", "impression", "dislike"))
        item = self._chance.choice(self._items)
        return {"event_id": f"e{self._n_events}", "user_id": self._user(), "item_id": item, "type": word}

    def _user(self) -> str:
        """Two in three are known to the model."""
        stranger = f"stranger-{self._chance.randrange(N_STRANGERS)}"
        return self._chance.choice(self._users) if self._chance.random() < 2 / 3 else stranger

    def _words(self, n: int) -> str:
        return " ".join((*self._chance.sample(WORDS, n), f"{self._chance.randrange(10**6)}"))


def _tell(done: Sequence[Done], asked: Sequence[str]) -> None:
    by_kind: dict[str, list[Done]] = defaultdict(list)
    for kind, one in zip(asked, done, strict=False):
        by_kind[kind].append(one)
    for kind, part in by_kind.items():
        statuses = ", ".join(f"{n} x {status}" for status, n in sorted(Counter(one.status for one in part).items()))
        shown = ", ".join(f"{word} {percentile_ms(part, share):.1f}" for word, share in SHARES.items())
        print(f"  {kind}: {statuses}; ms: {shown}")


SHARES = {"median": 0.5, "p99": 0.99, "most": 1.0}


if __name__ == "__main__":
    raise SystemExit(main())
