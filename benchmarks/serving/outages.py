"""PostgreSQL or Redis away for ten seconds under load: answers go on, and nothing acknowledged is lost.

    python -m benchmarks.serving.outages                      four outages, about 3 minutes
    python -m benchmarks.serving.outages --away 3 --only "postgresql frozen"     a quick look

Two `genre serve` processes share a PostgreSQL database, and in the outages of Redis a Redis server too. Each is asked
for lists of random users; a third client posts events to one of them without a pause, each again under its id until it
is acknowledged. Then the server is frozen (SIGSTOP: connections stay and nothing is answered) or crashes, and
comes back ten seconds later. A list counts as failed unless its status is 200. At the end the database is read with
psycopg: every acknowledged event once; and both processes must list the same to the same users. Ends with exit code 1
where a bar is missed.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.serving import databases
from benchmarks.serving.asking import Asking, Unanswered, request_bytes
from benchmarks.serving.bars import Bar, tell
from benchmarks.serving.bundle import ids, movielens
from benchmarks.serving.load import Background, Done, cycled, percentile_ms
from benchmarks.serving.running import Serving

RATE = 25.0
QUIET_S, AWAY_S = 4.0, 10.0
HEADER = b"genre-away:"
WAYS = ("postgresql frozen", "postgresql crashed", "redis frozen", "redis crashed")
N_COMPARED = 100


def main() -> int:
    """Break each, count, say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--away", type=float, default=AWAY_S, help="seconds")
    parser.add_argument("--rate", type=float, default=RATE, help="lists a second of each of the two processes")
    parser.add_argument("--only", choices=WAYS)
    parser.add_argument("--bundle", type=Path, help="instead of the MovieLens bundle that is fitted once")
    asked = parser.parse_args()
    bundle, bars = movielens(asked.bundle), []
    for way in WAYS if asked.only is None else (asked.only,):
        with ExitStack() as stack:
            bars += outage(way, bundle, stack, asked.away, asked.rate)
    return tell(bars)


@dataclass
class Writer:
    """Posts events one after the other, each until it is acknowledged; what it was told.

    Attributes:
        acknowledged: ids.
        said: how many answers there were of each status; 0: none came.
    """

    url: str
    key: str
    users: Sequence[str]
    items: Sequence[str]
    acknowledged: list[str] = field(default_factory=list)
    said: Counter[int] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        asking, number = Asking(self.url, self.key), 0
        while not self.over.is_set():
            event = {
                "event_id": f"e{number}",
                "user_id": self.users[number % len(self.users)],
                "item_id": self.items[number * 7 % len(self.items)],
                "type": "view",
                "at": 1_800_000_000 + number,
            }
            try:
                status = asking.ask("POST", "/v1/events", {"events": [event]}).status
            except Unanswered:
                status = 0
            self.said[status] += 1
            if status == 200:
                self.acknowledged.append(event["event_id"])
                number += 1
            time.sleep(0.02)


def outage(way: str, bundle: Path, stack: ExitStack, away_s: float, rate: float) -> list[Bar]:
    """Load before, while and after a server is away."""
    server, how = way.split()
    postgres = stack.enter_context(databases.postgres())
    redis = stack.enter_context(databases.redis()) if server == "redis" else None
    store = postgres.new_database()
    away: Any = postgres if redis is None else redis
    break_, mend = (away.freeze, away.thaw) if how == "frozen" else (away.stop, away.start)
    replicas = [stack.enter_context(_replica(bundle, store, redis, stack)) for _ in range(2)]
    replicas[1].key = replicas[0].key
    users, items = ids(bundle, "user"), ids(bundle, "item")
    writer = Writer(replicas[0].url, replicas[0].key, users, items)
    writing = threading.Thread(target=writer.run)
    requests = [request_bytes(writer.key, "POST", "/v1/recommend", {"user_id": user}) for user in users]
    with ExitStack() as loads:
        both = [loads.enter_context(Background(one.url, cycled(requests, n), rate)) for n, one in enumerate(replicas)]
        writing.start()
        time.sleep(QUIET_S)
        began, before = both[0].now, len(writer.acknowledged)
        break_()
        time.sleep(away_s)
        mend()
        ended = both[0].now
        time.sleep(QUIET_S)
        writer.over.set()
        writing.join()
    done = [one for load in both for one in load.done]
    _tell(way, done, began, ended, writer, before)
    return _bars(way, done, replicas, writer, store, users)


def _replica(bundle: Path, store: str, redis: Any, stack: ExitStack) -> Serving:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if redis is None:
        return Serving(bundle, folder, store)
    asked = ("--set", "redis={env: GENRE_BENCHMARK_REDIS}")
    return Serving(bundle, folder, store, options=asked, environment={"GENRE_BENCHMARK_REDIS": redis.url()})


def _tell(way: str, done: Sequence[Done], began: float, ended: float, writer: Writer, before: int) -> None:
    print(f"{way}:")
    parts: dict[str, Callable[[Done], bool]] = {
        "before": lambda one: one.due < began,
        "meanwhile": lambda one: began <= one.due < ended,
        "after": lambda one: one.due >= ended,
    }
    for name, is_in in parts.items():
        part = [one for one in done if is_in(one)]
        marked = [one for one in part if HEADER in one.head]
        shown = ", ".join(f"{word} {percentile_ms(part, share):.1f}" for word, share in SHARES.items())
        print(f"  {name}: {len(part)} lists, {len(marked)} with the header; ms: {shown}")
    late = [one.due - ended for one in done if one.due >= ended and HEADER in one.head]
    print(f"  the header is gone {max(late, default=0.0):.1f} s after it is back")
    said = ", ".join(f"{n} x {status or 'no answer'}" for status, n in sorted(writer.said.items()))
    print(f"  events: {before} acknowledged before, {len(writer.acknowledged)} in all; answers: {said}", flush=True)


SHARES = {"median": 0.5, "p99": 0.99, "most": 1.0}


def _bars(
    way: str, done: Sequence[Done], replicas: Sequence[Serving], writer: Writer, store: str, users: Sequence[str]
) -> list[Bar]:
    kept = Counter(row[0] for row in databases.rows_of(store, "SELECT event_id FROM events"))
    lost = [id for id in writer.acknowledged if kept[id] != 1]
    lists = [[_list(Asking(one.url, one.key), user) for user in users[:N_COMPARED]] for one in replicas]
    differing = sum(ours != theirs for ours, theirs in zip(*lists, strict=True))
    failed = [one for one in done if one.status != 200]
    for one in failed[:3]:
        print(f"  failed: {one.status} {one.body[:200]!r}")
    return [
        Bar(f"failed lists, {way}", len(failed), 0),
        Bar(f"lists with the header, {way}", sum(HEADER in one.head for one in done), 1, most=False),
        Bar(f"acknowledged events lost or twice, {way}", len(lost), 0),
        Bar(f"users to whom two processes list differently after it, {way}", differing, 0),
    ]


def _list(asking: Asking, user: str) -> list[str]:
    return [one["item_id"] for one in asking.must("POST", "/v1/recommend", {"user_id": user})["items"]]


if __name__ == "__main__":
    raise SystemExit(main())
